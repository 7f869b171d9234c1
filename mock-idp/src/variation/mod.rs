//! Lawful variety: what the specifications leave open, decided by a seed.
//!
//! A client that has been fitted to one provider passes every test against that provider. This one therefore looks
//! different for every seed, in ways that no client may rely on: each of them is a [`Trait`]. It is a layer between the
//! endpoints, which know nothing of it, and the faults, which still say exactly what arrives.
//!
//! Nothing is remembered: every choice is a hash of the seed and of what is chosen. So it stays the same for the life of
//! an issuer, whose metadata and keys clients keep, and in the next run with that seed. What a trait does to a client that
//! does not tolerate it is the same for every seed: a seed decides which traits are in force, and names and numbers.

mod json;
mod seed;
mod traits;

use serde_json::{Value, json};

use self::seed::Seed;
pub use self::traits::Trait;
use self::traits::Traits;
use crate::journal::Response;
use crate::keys::Keys;
use crate::message::{TokenValue, Tokens};
use crate::{AccessTokenFormat, CodeFormat, Endpoint, Policy, RefreshTokenFormat, random};

/// How an issuer does what the specifications leave open: the [`Trait`]s that are in force, and a seed for what they
/// choose. The default is the plain way, always the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Variation {
    seed: Seed,
    traits: Traits,
}

/// How the server writes the names of header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderCase {
    /// `content-type`
    Lower,
    /// `Content-Type`
    Title,
}

/// The public half of an encryption key. Nobody has the other half.
const ENCRYPTION_KEY: &str = "2V9UCyA9aDYbGh5EwvMkWPGhKmz4olJKFmlCPcisqphBTsZ-QZLaYqJf2w1qflOavWVc54zxAgAhRLgXzX2zSYxMUZ9_shZIWmgd7aMn0fj1L8d9copYVeqPdG4YZb0tQGY3aOVTRjedTAib469eLUl_cC1U9GzwptUZsVSeOBTSEHCY_1T2lrMv8pmjrw5Q9MuYXBOGtaknr1cUJzFIyhK1U-TtMCgRCwrzFWLjsZp7iVNM1k83SMYKDJDc4caW3O24RX5WP2FJ7jnk5n9EqLzwFPG6dFadNfIqlaBtMt8rqQZib6FOOnR-28CGFB-YPj345cWmEJjI2l_nGl4U1Q";

impl Variation {
    /// The plain way.
    pub const NONE: Self = Self { seed: Seed::ZERO, traits: Traits::NONE };

    /// The way that follows from a number: most traits are in force, and each of them in most ways.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let seed = Seed::new(seed);
        let in_force = |one: &Trait| seed.between(&["trait", one.name()], 0..=2) > 0;
        let traits: Traits = Trait::ALL.iter().copied().filter(in_force).collect();
        // Where there are keys of both kinds, each has to say which it is (OpenID Connect Discovery §3, `jwks_uri`).
        let has_encryption_key = [Trait::EncryptionKey, Trait::EncryptionKeyOfSameId].iter().any(|it| traits.has(*it));
        let traits = if has_encryption_key { traits.without(Trait::KeyWithoutUse) } else { traits };
        Self { seed, traits }
    }

    /// Every trait there is, in as few ways as have to be tried one after the other: some exclude each other.
    #[must_use]
    pub fn whole() -> [Self; 2] {
        let (apart, together): (Vec<_>, Vec<_>) = Trait::ALL.iter().partition(|one| **one == Trait::KeyWithoutUse);
        [together, apart].map(|traits| Self::NONE.with_traits(traits.into_iter().copied()))
    }

    /// One trait alone.
    #[must_use]
    pub fn only(one: Trait) -> Self {
        Self { traits: [one].into_iter().collect(), ..Self::NONE }
    }

    /// The same way with one more trait.
    #[must_use]
    pub fn with(self, one: Trait) -> Self {
        self.with_traits(self.traits().chain([one]))
    }

    /// The same way but for one trait.
    #[must_use]
    pub fn without(self, one: Trait) -> Self {
        Self { traits: self.traits.without(one), ..self }
    }

    /// The same way, with these traits alone.
    #[must_use]
    pub fn with_traits(self, traits: impl IntoIterator<Item = Trait>) -> Self {
        Self { traits: traits.into_iter().collect(), ..self }
    }

    /// The traits in force.
    pub fn traits(self) -> impl Iterator<Item = Trait> {
        Trait::ALL.iter().copied().filter(move |one| self.has(*one))
    }

    /// Whether a trait is in force.
    #[must_use]
    pub fn has(self, one: Trait) -> bool {
        self.traits.has(one)
    }

    /// The way of one issuer among many, with the same traits: what they choose follows from this one and from what the
    /// issuer is for. The plain way stays plain.
    #[must_use]
    pub fn derived(self, purpose: &str) -> Self {
        Self { seed: Seed::new(self.seed.draw(&["derived", purpose])), ..self }
    }

    /// Fills in what the policy leaves at its default.
    pub(crate) fn policy(self, mut policy: Policy) -> Policy {
        if policy.code_format == CodeFormat::Plain && self.has(Trait::CodeLength) {
            policy.code_format = CodeFormat::Long { length: self.length("code") };
        }
        if policy.refresh_token_format == RefreshTokenFormat::Plain && self.has(Trait::RefreshTokenLength) {
            policy.refresh_token_format = RefreshTokenFormat::Long { length: self.length("refresh token") };
        }
        policy
    }

    /// Longer than what is plain.
    fn length(self, of: &str) -> usize {
        self.seed.between(&["length", of], 64..=160)
    }

    /// The keys under other identifiers, spelled as they will be published.
    pub(crate) fn keys(self, keys: Keys) -> Keys {
        if self.traits == Traits::NONE {
            return keys;
        }
        let prefix = self.seed.word(&["kid"], 4..=12);
        keys.map(move |kid, jwk| {
            if self.has(Trait::KeyIdentifiers) {
                *kid = format!("{prefix}.{kid}");
                jwk["kid"] = kid.as_str().into();
            }
            let optional = [
                (Trait::KeyWithoutAlg, "alg"),
                (Trait::KeyWithoutUse, "use"),
                (Trait::KeyWithoutCertificate, "x5c"),
                (Trait::KeyWithoutCertificate, "x5t"),
            ];
            if let Value::Object(members) = jwk {
                optional.iter().filter(|(one, _)| self.has(*one)).for_each(|(_, member)| {
                    members.shift_remove(*member);
                });
            }
            if self.has(Trait::KeyMember) {
                json::add_unknown(self.seed, "key", "text", jwk);
            }
            self.reorder(jwk);
        })
    }

    /// The header of an ID token.
    pub(crate) fn header(self, header: &mut Value) {
        if let (true, Value::Object(members)) = (self.has(Trait::HeaderWithoutTyp), &mut *header) {
            members.shift_remove("typ");
        }
        if self.has(Trait::HeaderMember) {
            json::add_unknown(self.seed, "header", "text", header);
        }
    }

    /// What will be signed and handed out. What the policy dictates stays.
    pub(crate) fn tokens(self, tokens: &mut Tokens, policy: Policy) {
        // A short life is there for a reason.
        if self.has(Trait::AccessTokenLifetime) && policy.access_token_lifetime.is_none() && tokens.expires_in >= 3600 {
            tokens.expires_in -= self.seed.between(&["lifetime"], 1..=tokens.expires_in / 2);
        }
        match &mut tokens.access_token {
            TokenValue::Opaque(value)
                if self.has(Trait::AccessTokenLength)
                    && policy.access_token_format == AccessTokenFormat::ByAudience =>
            {
                *value = random::of_length(self.length("access token"));
            }
            TokenValue::Opaque(_) => {}
            TokenValue::Jwt { claims, .. } => {
                if let Some(expires) = claims.get_mut("exp") {
                    *expires = tokens.issued_at.saturating_add(tokens.expires_in).into();
                }
                if self.has(Trait::AccessTokenLength) {
                    claims["jti"] = random::of_length(self.length("access token")).into();
                }
                if self.has(Trait::AccessTokenClaim) {
                    json::add_unknown(self.seed, "access token", "text", claims);
                }
                self.reorder(claims);
            }
        }
        if let Some(claims) = &mut tokens.id_token {
            if self.has(Trait::IdTokenClaim) {
                json::add_unknown(self.seed, "ID token", "text", claims);
            }
            self.add_values("ID token", claims);
            self.reorder(claims);
        }
    }

    /// A JSON body. An error gets no unknown members: nobody has said that they are to be ignored.
    pub(crate) fn body(self, endpoint: Endpoint, status: u16, body: &mut Value) {
        if status < 300 {
            let of = endpoint.to_string();
            let member = match endpoint {
                Endpoint::Discovery => Some(Trait::MetadataMember),
                Endpoint::Jwks => Some(Trait::KeySetMember),
                Endpoint::Token => Some(Trait::TokenResponseMember),
                Endpoint::Userinfo => Some(Trait::UserinfoClaim),
                _ => None,
            };
            if member.is_some_and(|member| self.has(member)) {
                json::add_unknown(self.seed, &of, "text", body);
            }
            self.add_values(&of, body);
        }
        if let (Endpoint::Jwks, Some(keys)) = (endpoint, body.get_mut("keys").and_then(Value::as_array_mut)) {
            self.key_set(keys);
        }
        self.reorder(body);
    }

    /// Unknown members, with values of other kinds.
    fn add_values(self, to: &str, value: &mut Value) {
        for (one, kinds) in [
            (Trait::UnknownNull, &["null"][..]),
            (Trait::UnknownNumber, &["number"]),
            (Trait::UnknownObject, &["object", "array"]),
        ] {
            if self.has(one) {
                kinds.iter().for_each(|kind| json::add_unknown(self.seed, to, kind, value));
            }
        }
    }

    /// The key set, of which the first key is the one that signs.
    fn key_set(self, keys: &mut Vec<Value>) {
        let signing = keys.first().map_or(Value::Null, |key| key["kid"].clone());
        if self.has(Trait::KeyOrder) {
            keys.rotate_left(1);
        }
        let own = self.seed.word(&["encryption key"], 8..=16).into();
        for (one, kid) in [(Trait::EncryptionKey, own), (Trait::EncryptionKeyOfSameId, signing)] {
            if self.has(one) {
                let key = json!({
                    "kty": "RSA", "use": "enc", "alg": "RSA-OAEP-256", "kid": kid, "n": ENCRYPTION_KEY, "e": "AQAB"
                });
                keys.insert(0, key);
            }
        }
    }

    fn reorder(self, value: &mut Value) {
        if self.has(Trait::MemberOrder) {
            json::reorder(value);
        }
    }

    /// The parameters of an authorization response. An error gets no others, as in JSON.
    pub(crate) fn parameters(self, parameters: &mut Vec<(String, String)>) {
        if self.has(Trait::ResponseParameter) && !parameters.iter().any(|(name, _)| name == "error") {
            parameters.extend(self.seed.unknown_names("parameter").map(|name| {
                let value = self.seed.word(&["value", &name], 1..=40);
                (name, value)
            }));
        }
        if self.has(Trait::ResponseOrder) {
            parameters.sort_by(|(one, _), (another, _)| another.cmp(one));
        }
    }

    /// JSON as text.
    pub(crate) fn text(self, body: &Value) -> String {
        let (spaced, escaped) = (self.has(Trait::WhiteSpace), self.has(Trait::EscapedSlashes));
        if !spaced && !escaped {
            return body.to_string();
        }
        json::text(body, if spaced { "\r\n\t " } else { "" }, if escaped { "\\/" } else { "/" })
    }

    /// Status and header fields.
    pub(crate) fn response(self, endpoint: Endpoint, response: &mut Response) {
        if self.traits == Traits::NONE {
            return;
        }
        if response.status == 302 && self.has(Trait::SeeOther) {
            response.status = 303;
        }
        let charset = match endpoint {
            Endpoint::Discovery | Endpoint::Jwks => Some(Trait::MetadataCharset),
            Endpoint::Token => Some(Trait::TokenResponseCharset),
            Endpoint::Userinfo => Some(Trait::UserinfoCharset),
            _ => None,
        };
        let charset = charset.is_some_and(|charset| self.has(charset));
        for (name, value) in &mut response.headers {
            match name.as_str() {
                "content-type" if charset && value == "application/json" => value.push_str("; charset=UTF-8"),
                "cache-control" if self.has(Trait::MaxAge) && value.contains("max-age=") => {
                    // Long enough: whether a key set is looked at again within a scenario must not depend on it.
                    *value = format!("public, max-age={}", self.seed.between(&["max-age"], 300..=1800));
                }
                _ => {}
            }
        }
    }

    /// For every answer.
    pub(crate) fn header_case(self) -> HeaderCase {
        if self.has(Trait::HeaderCase) { HeaderCase::Title } else { HeaderCase::Lower }
    }
}
