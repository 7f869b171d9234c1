//! What sets one client apart from the plain one.

use http::header::{CONNECTION, HeaderMap, HeaderValue};
use reqwest::Certificate;

use crate::{Defect, Defects, Variation, Variations};

/// What a client does wrong, and what it does otherwise than usual, and may; the default does neither.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// What it does wrong.
    pub defects: Defects,
    /// What it does otherwise.
    pub variations: Variations,
}

impl From<Defects> for Behaviour {
    fn from(defects: Defects) -> Self {
        Self { defects, ..Self::default() }
    }
}

impl From<Variations> for Behaviour {
    fn from(variations: Variations) -> Self {
        Self { variations, ..Self::default() }
    }
}

impl Behaviour {
    /// Settings for the HTTP client to give to [`Client::new`](crate::Client::new). It trusts these authorities: the one of
    /// a test, say. Without any it trusts those of the system.
    pub fn http(&self, authorities: Vec<Certificate>) -> reqwest::ClientBuilder {
        let mut http = crate::http::builder();
        // The TLS library does not check the chain without the host name for authorities of the system.
        let any_host_name = self.has(Defect::AcceptsAnyHostName);
        if any_host_name || !authorities.is_empty() {
            http = http.tls_certs_only(authorities).tls_danger_accept_invalid_hostnames(any_host_name);
        }
        if self.does(Variation::TitleCasesHeaders) {
            http = http.http1_title_case_headers();
        }
        if self.does(Variation::ClosesConnections) {
            let closes = HeaderMap::from_iter([(CONNECTION, HeaderValue::from_static("close"))]);
            http = http.pool_max_idle_per_host(0).default_headers(closes);
        }
        http.tls_danger_accept_invalid_certs(self.has(Defect::AcceptsAnyCertificate))
    }

    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.defects.has(defect)
    }

    pub(crate) fn does(&self, variation: Variation) -> bool {
        self.variations.has(variation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// The first line of a request's header, as it stands on the wire.
    async fn first_field(behaviour: &Behaviour) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let http = behaviour.http(Vec::new()).no_proxy().build().expect("an HTTP client can be built");
        let request = tokio::spawn(http.get(url).send());
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a request"));
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("the answer is sent");
        request.await.expect("the request does not panic").expect("an answer");
        String::from_utf8_lossy(&head).lines().nth(1).unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn header_names_are_in_title_case_where_that_is_the_variation() {
        let title = Behaviour::from(Variations::from_iter([Variation::TitleCasesHeaders]));
        assert!(first_field(&title).await.starts_with(|first: char| first.is_ascii_uppercase()));
        assert!(first_field(&Behaviour::default()).await.starts_with(|first: char| first.is_ascii_lowercase()));
    }
}
