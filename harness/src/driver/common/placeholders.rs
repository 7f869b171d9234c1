//! What a client is told of its providers.

use mock_idp::{Endpoint, Issuer};
use url::Url;

use crate::config::{EndpointUrls, Placeholders};
use crate::terms::{Enrolment, Registration};

/// What a client is told of its providers.
pub(in crate::driver) fn placeholders(
    (issuer, registration): (&Issuer, &Registration),
    second: Option<&Enrolment>,
) -> Placeholders {
    let mut values = Placeholders {
        issuer: issuer.identifier().to_owned(),
        issuer_host: host(issuer),
        metadata_url: issuer.url(Endpoint::Discovery),
        endpoints: endpoints(issuer),
        client_id: registration.client_id.clone(),
        client_secret: registration.client_secret.clone(),
        api_url: issuer.url(Endpoint::Api),
        audience: registration.audience.clone().unwrap_or_default(),
        scope: registration.scope.clone(),
        token_endpoint_auth_method: registration.token_endpoint_auth_method.to_string(),
        ..Placeholders::default()
    };
    if let Some(Enrolment { issuer, registration }) = second {
        issuer.identifier().clone_into(&mut values.second_issuer);
        values.second_issuer_host = host(issuer);
        values.second_metadata_url = issuer.url(Endpoint::Discovery);
        values.second_endpoints = endpoints(issuer);
        values.second_client_id.clone_from(&registration.client_id);
        values.second_client_secret.clone_from(&registration.client_secret);
        values.second_api_url = issuer.url(Endpoint::Api);
    }
    values
}

fn endpoints(issuer: &Issuer) -> EndpointUrls {
    EndpointUrls {
        authorization: issuer.url(Endpoint::Authorize),
        token: issuer.url(Endpoint::Token),
        userinfo: issuer.url(Endpoint::Userinfo),
        jwks: issuer.url(Endpoint::Jwks),
        revocation: issuer.url(Endpoint::Revoke),
        end_session: issuer.url(Endpoint::EndSession),
    }
}

/// What is wrong with a URL that is no issuer's, and at the host of this one.
pub(in crate::driver) fn host_alone(url: &Url, issuer: &Issuer) -> &'static str {
    let is_its_host = Url::parse(issuer.base_url()).is_ok_and(|base| base.origin() == url.origin());
    match is_its_host {
        true => {
            "; the client keeps nothing but the host of its issuer: write [provider] at_root = true, which puts the issuer at the \
             root of a host"
        }
        false => "",
    }
}

/// Host and port of an issuer.
fn host(issuer: &Issuer) -> String {
    Url::parse(issuer.base_url()).map_or_else(|_| String::new(), |url| url.authority().to_owned())
}
