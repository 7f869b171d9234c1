//! Changes of an issuer that last as long as a test holds on to them.

use super::Issuer;
use crate::journal::{Request, Response};
use crate::{Endpoint, Fault, FaultId};

/// A fault that is armed while this lives.
#[derive(Debug)]
#[must_use = "the fault is disarmed when it is dropped, which is now"]
pub struct ArmedFault {
    issuer: Issuer,
    id: FaultId,
}

/// A closure that answers while this lives.
#[derive(Debug)]
#[must_use = "the closure is taken back when it is dropped, which is now"]
pub struct Responding {
    issuer: Issuer,
    id: u64,
}

impl Issuer {
    /// Arms a fault until what is returned is dropped.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// use mock_idp::{MockIdp, fault};
    ///
    /// let idp = MockIdp::start_blocking()?;
    /// {
    ///     let unsigned = idp.issuer().arm_while(fault::named("id-token/alg-none").expect("a named fault"));
    ///     // Clients that log in here get an ID token without a signature.
    ///     assert_eq!(unsigned.fired(), 0);
    /// }
    /// // Those that log in here get an honest one.
    /// # Ok(())
    /// # }
    /// ```
    pub fn arm_while(&self, fault: Fault) -> ArmedFault {
        ArmedFault { issuer: self.clone(), id: self.arm(fault) }
    }

    /// Lets a closure answer the requests to an endpoint until what is returned is dropped. It gets each request, and the
    /// answer that the issuer has for it, with the faults that are armed. It runs on the server's thread: it must not block.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// use mock_idp::{Endpoint, MockIdp, Response};
    ///
    /// let idp = MockIdp::start_blocking()?;
    /// let _teapot = idp.issuer().answer_while(Endpoint::Api, |request, honest| match request.param("tea") {
    ///     Some(_) => Response { status: 418, ..Response::default() },
    ///     None => honest,
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn answer_while(
        &self,
        endpoint: Endpoint,
        answer: impl Fn(&Request, Response) -> Response + Send + Sync + 'static,
    ) -> Responding {
        Responding { issuer: self.clone(), id: self.0.responders.add(endpoint, answer) }
    }
}

impl ArmedFault {
    /// Its number, as [`Entry::faults`](crate::Entry::faults) has it.
    #[must_use]
    pub fn id(&self) -> FaultId {
        self.id
    }

    /// How often it changed a message.
    #[must_use]
    pub fn fired(&self) -> u64 {
        self.issuer.fired(self.id)
    }
}

impl Drop for ArmedFault {
    fn drop(&mut self) {
        self.issuer.disarm(self.id);
    }
}

impl Drop for Responding {
    fn drop(&mut self) {
        self.issuer.0.responders.remove(self.id);
    }
}
