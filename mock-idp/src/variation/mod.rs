//! Lawful variety: what the specifications leave open, decided by a seed.
//!
//! A client that has been fitted to one provider passes every test against that provider. This one therefore looks
//! different for every seed, in ways that no client may rely on. It is a layer between the endpoints, which know nothing
//! of it, and the faults, which still say exactly what arrives.
//!
//! Nothing is remembered: every choice is a hash of the seed and of what is chosen. So it stays the same for the life of
//! an issuer, whose metadata and keys clients keep, and in the next run with that seed.

mod json;
mod seed;

use serde_json::Value;

use self::seed::Seed;
use crate::journal::Response;
use crate::keys::Keys;
use crate::message::{TokenValue, Tokens};
use crate::{AccessTokenFormat, CodeFormat, Endpoint, Policy, RefreshTokenFormat, random};

/// How an issuer does what the specifications leave open. The default is the plain way, always the same.
///
/// | what varies | why it may |
/// |---|---|
/// | the order of members in JSON, white space, escaped slashes | RFC 8259 §1, §2, §7 |
/// | members of JSON answers, and claims, that nobody knows | RFC 6749 §5.1, RFC 7519 §4, RFC 8414 §3.2, `OpenID` Connect Core §5.1.2 |
/// | order of the parameters of an authorization response, and one or two that nobody knows | RFC 6749 §4.1.2 |
/// | status 302 or 303 for a redirect | RFC 6749 §1.7 |
/// | `charset` on `application/json`, `max-age` | RFC 9110 §8.3.1, RFC 9111 §5.2.2.1 |
/// | key identifiers, the order of the key set | RFC 7517 §4.5, §5 |
/// | lifetime of access tokens, length of codes and tokens | RFC 6749 §1.4, §4.2.2, appendix A |
/// | the case of header field names, for a whole server | RFC 9110 §5.1 |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Variation(Option<Seed>);

/// How the server writes the names of header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderCase {
    /// `content-type`
    Lower,
    /// `Content-Type`
    Title,
}

impl Variation {
    /// The plain way.
    pub const NONE: Self = Self(None);

    /// The way that follows from a number.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Seed::new(seed)))
    }

    /// The way of one issuer among many: it follows from this one and from what the issuer is for. The plain way stays
    /// plain.
    #[must_use]
    pub fn derived(self, purpose: &str) -> Self {
        Self(self.0.map(|seed| Seed::new(seed.draw(&["derived", purpose]))))
    }

    /// Fills in what the policy leaves at its default.
    pub(crate) fn policy(self, mut policy: Policy) -> Policy {
        let Some(seed) = self.0 else { return policy };
        let length = |of: &str| seed.between(&["length", of], 22..=160);
        if policy.code_format == CodeFormat::Plain {
            policy.code_format = CodeFormat::Long { length: length("code") };
        }
        if policy.refresh_token_format == RefreshTokenFormat::Plain {
            policy.refresh_token_format = RefreshTokenFormat::Long { length: length("refresh token") };
        }
        policy
    }

    /// The keys under other identifiers, spelled as they will be published.
    pub(crate) fn keys(self, keys: Keys) -> Keys {
        let Some(seed) = self.0 else { return keys };
        let prefix = seed.word(&["kid"], 4..=12);
        keys.map(|kid, jwk| {
            *kid = format!("{prefix}.{kid}");
            jwk["kid"] = kid.as_str().into();
            json::reorder(seed, jwk);
        })
    }

    /// What will be signed and handed out. What the policy dictates stays.
    pub(crate) fn tokens(self, tokens: &mut Tokens, policy: Policy) {
        let Some(seed) = self.0 else { return };
        // A short life is there for a reason.
        if policy.access_token_lifetime.is_none() && tokens.expires_in >= 3600 {
            tokens.expires_in -= seed.between(&["lifetime"], 0..=tokens.expires_in / 2);
        }
        match &mut tokens.access_token {
            TokenValue::Opaque(value) if policy.access_token_format == AccessTokenFormat::ByAudience => {
                *value = random::of_length(seed.between(&["length", "access token"], 22..=160));
            }
            TokenValue::Opaque(_) => {}
            TokenValue::Jwt(claims) => {
                claims["exp"] = tokens.issued_at.saturating_add(tokens.expires_in).into();
                json::add_unknown(seed, "access token", claims);
                json::reorder(seed, claims);
            }
        }
        if let Some(claims) = &mut tokens.id_token {
            json::add_unknown(seed, "ID token", claims);
            json::reorder(seed, claims);
        }
    }

    /// A JSON body. An error gets no unknown members: nobody has said that they are to be ignored.
    pub(crate) fn body(self, endpoint: Endpoint, status: u16, body: &mut Value) {
        let Some(seed) = self.0 else { return };
        if status < 300 {
            json::add_unknown(seed, &endpoint.to_string(), body);
        }
        json::reorder(seed, body);
        if let (Endpoint::Jwks, Some(keys)) = (endpoint, body.get_mut("keys").and_then(Value::as_array_mut)) {
            keys.sort_by_cached_key(|key| seed.draw(&["key", key["kid"].as_str().unwrap_or_default()]));
        }
    }

    /// The parameters of an authorization response. An error gets no others, as in JSON.
    pub(crate) fn parameters(self, parameters: &mut Vec<(String, String)>) {
        let Some(seed) = self.0 else { return };
        if !parameters.iter().any(|(name, _)| name == "error") {
            parameters.extend(seed.unknown_names("parameter").map(|name| {
                let value = seed.word(&["value", &name], 1..=40);
                (name, value)
            }));
        }
        parameters.sort_by_cached_key(|(name, _)| seed.draw(&["parameter", name]));
    }

    /// JSON as text.
    pub(crate) fn text(self, body: &Value) -> String {
        self.0.map_or_else(|| body.to_string(), |seed| json::text(seed, body))
    }

    /// Status and header fields.
    pub(crate) fn response(self, response: &mut Response) {
        let Some(seed) = self.0 else { return };
        if response.status == 302 {
            response.status = seed.one_of(&["redirect"], &[302, 303]);
        }
        for (name, value) in &mut response.headers {
            match name.as_str() {
                "content-type" if value == "application/json" => {
                    let parameter = seed.one_of(&["charset"], &["", ";charset=utf-8", "; charset=UTF-8"]);
                    value.push_str(parameter);
                }
                "cache-control" if value.contains("max-age=") => {
                    // Longer than anything that a client may add for safety: whether a key set is looked at again
                    // within a scenario must not depend on the seed.
                    *value = format!("public, max-age={}", seed.between(&["max-age"], 300..=3600));
                }
                _ => {}
            }
        }
    }

    /// For every answer of a server.
    pub(crate) fn header_case(self) -> HeaderCase {
        let choices = [HeaderCase::Lower, HeaderCase::Title];
        self.0.map_or(HeaderCase::Lower, |seed| seed.one_of(&["header case"], &choices))
    }
}
