//! Ports for clients.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::ops::Range;

use parking_lot::Mutex;
use rand::RngExt as _;
use url::Url;

/// Below the ports that systems give to outgoing connections: those come and go by the thousand during a run.
const CHOSEN_FROM: Range<u16> = 20_000..32_000;

/// The ports of the clients that this process has started.
static LEASED: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A port that no other client of this process gets, nor, if it was chosen here, one of another such process.
#[derive(Debug)]
pub(super) struct Lease {
    port: u16,
    /// Clients listen by TCP. The same port by UDP is a sign to other runs on this machine, from before the client
    /// listens until after it has ended.
    sign: Option<UdpSocket>,
}

impl Lease {
    /// A port that is free now. Another program may take it before the client does; the client then does not start.
    pub(super) fn of_a_free_port() -> Option<Self> {
        let mut random = rand::rng();
        (0..1_000).find_map(|_| {
            let mut lease = Self::of(random.random_range(CHOSEN_FROM))?;
            lease.sign = Some(UdpSocket::bind((Ipv4Addr::LOCALHOST, lease.port)).ok()?);
            TcpListener::bind((Ipv4Addr::LOCALHOST, lease.port)).ok()?;
            Some(lease)
        })
    }

    /// A port that has been chosen already; nothing if another client of this process has it.
    pub(super) fn of(port: u16) -> Option<Self> {
        let new = LEASED.lock().get_or_insert_default().insert(port);
        new.then(|| Self { port, sign: None })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(leased) = &mut *LEASED.lock() {
            leased.remove(&self.port);
        }
    }
}

/// The address at which somebody listens already.
pub(super) fn occupied(base: &Url) -> Option<SocketAddr> {
    let addresses = base.socket_addrs(|| None).ok()?;
    addresses
        .into_iter()
        .find(|address| matches!(TcpListener::bind(address), Err(error) if error.kind() == ErrorKind::AddrInUse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_is_leased_once() {
        let lease = Lease::of_a_free_port().expect("a port is free");
        assert!(Lease::of(lease.port()).is_none());
        assert!(UdpSocket::bind((Ipv4Addr::LOCALHOST, lease.port())).is_err(), "other processes see it");
        let port = lease.port();
        drop(lease);
        assert!(Lease::of(port).is_some());
    }

    #[test]
    fn address_with_a_listener_is_occupied() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let base = Url::parse(&format!("http://{address}")).expect("a URL");
        assert_eq!(occupied(&base), Some(address));
    }
}
