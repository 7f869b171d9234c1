//! Behaviour that can be changed while the issuer runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dialect::Dialect;

/// How an issuer behaves where the specifications leave a choice, or where a test needs it to be lax.
///
/// A lax server accepts what a strict one refuses, and writes it into [`Entry::notes`](crate::Entry::notes): that is how
/// a test finds out which defence of a client really holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Whose ways the issuer has where they depart from the specifications: what its messages and errors look like.
    #[schemars(with = "String")]
    pub dialect: Dialect,
    /// What a refresh does to the refresh token.
    pub refresh_rotation: RefreshRotation,
    /// Whether PKCE is checked.
    pub pkce: PkcePolicy,
    /// Whether the `plain` challenge method is accepted.
    pub plain_challenge: PlainChallenge,
    /// Whether codes are bound to their authorization request.
    pub code_binding: CodeBinding,
    /// Whether a client may authenticate with the other of the two secret methods.
    pub client_authentication: ClientAuthentication,
    /// Whether a public client's redirect URI on a loopback address may have another port than the registered one.
    pub loopback_ports: LoopbackPorts,
    /// Requests in which a parameter occurs more than once (RFC 6749 §3.1): the first one counts.
    pub repeated_parameters: Tolerance,
    /// Authorization requests for more than a code, `code id_token` for instance: a code is what they get.
    pub further_response_types: Tolerance,
    /// Authorization requests without the scope `openid` (OpenID Connect Core §3.1.2.1): it is granted nevertheless.
    pub missing_openid: Tolerance,
    /// Challenges and verifiers of another form than RFC 7636 §4.1 and §4.2 have it; they still have to match, but for the
    /// alphabet and the padding of base64.
    pub malformed_pkce: Tolerance,
    /// Client authentication in the header and in the body at once (RFC 6749 §2.3), an access token in the header and
    /// elsewhere (RFC 6750 §2), or two headers: the first header counts.
    pub double_authentication: Tolerance,
    /// Access tokens in the form or in the query and not in the header (RFC 6750 §2.2 and §2.3). UserInfo takes those of a form
    /// in any case (OpenID Connect Core §5.3.1).
    pub access_token_parameter: Tolerance,
    /// Token requests with no known `grant_type`: a code or a refresh token in them says what is meant.
    pub unknown_grant_type: Tolerance,
    /// Authorization requests of a public client without a challenge (RFC 9700 §2.1.1).
    pub missing_pkce: Tolerance,
    /// Scopes of another form than RFC 6749 §3.3 has it: quotes in them, or more than one space between them.
    pub malformed_scope: Tolerance,
    /// Access tokens without an audience at the API: that of a client that cannot name one.
    pub missing_audience: Tolerance,
    /// Access tokens at the API that are for another registered API than the first one, which is the one that answers.
    pub other_audience: Tolerance,
    /// An `id_token_hint` that is no ID token of this issuer (OpenID Connect Core §3.1.2.1): it is read without a check
    /// of its signature.
    pub unverified_hint: Tolerance,
    /// Whether there is an introspection endpoint (RFC 7662).
    pub introspection: Presence,
    /// What access tokens look like.
    pub access_token_format: AccessTokenFormat,
    /// How access tokens that are JWTs are signed.
    pub access_token_signature: AccessTokenSignature,
    /// Whether authorization responses carry `iss` (RFC 9207).
    pub issuer_parameter: IssuerParameter,
    /// What a granted authorization response brings.
    pub front_channel: FrontChannel,
    /// What authorization codes look like.
    pub code_format: CodeFormat,
    /// What refresh tokens look like.
    pub refresh_token_format: RefreshTokenFormat,
    /// Seconds an access token lives; `None`: the API's own figure.
    pub access_token_lifetime: Option<i64>,
    /// Seconds a code lives (RFC 6749 §4.1.2 recommends at most 600).
    pub code_lifetime: i64,
    /// Seconds a user has to enter the code of a device (RFC 8628 §3.2, `expires_in`).
    pub device_code_lifetime: i64,
    /// Seconds that the client of a device waits between two token requests (RFC 8628 §3.2).
    pub device_interval: i64,
    /// Seconds an ID token lives.
    pub id_token_lifetime: i64,
    /// Seconds a refresh token lives, counted from the code exchange: its successors expire when it would have.
    pub refresh_token_lifetime: i64,
    /// Whether a refresh gives an ID token (OpenID Connect Core §12.2 leaves it open).
    pub id_token_on_refresh: Presence,
    /// Whether ID tokens hold the claims that scopes stand for, as UserInfo does (OpenID Connect Core §5.4 names UserInfo).
    pub scope_claims_in_id_token: Presence,
    /// Whether ID tokens carry `at_hash` (OpenID Connect Core §3.1.3.6: optional in the code flow).
    pub access_token_hash: Presence,
    /// Whether access tokens that are JWTs carry `exp`. To the client an access token is opaque (RFC 6749 §1.4).
    pub access_token_exp: Presence,
    /// Whether the metadata say that the provider verifies PKCE (RFC 8414 §2 leaves it open).
    pub pkce_in_metadata: Presence,
    /// Whether the URL of the authorization endpoint has a query, `tenant=a%2Fb` (RFC 6749 §3.1 allows one).
    pub authorization_endpoint_query: Presence,
    /// Whether the URL of the token endpoint has that query (RFC 6749 §3.2 allows one).
    pub token_endpoint_query: Presence,
    /// Whether there are provider metadata, keys and ID tokens.
    pub openid_connect: Presence,
    /// What a client has to do to get a refresh token.
    pub offline_access: OfflineAccess,
    /// Authorization requests of which no scope is left (RFC 6749 §3.3, §5.1): a token without scope is what they get.
    pub no_known_scope: Tolerance,
    /// When a client that fails to authenticate is challenged.
    pub client_challenge: ClientChallenge,
    /// Which tokens can be revoked.
    pub revocation: Revocation,
    /// How token responses are written.
    pub token_response_format: TokenResponseFormat,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            dialect: Dialect::PLAIN,
            refresh_rotation: RefreshRotation::Rotating,
            pkce: PkcePolicy::Enforce,
            plain_challenge: PlainChallenge::Refused,
            code_binding: CodeBinding::Bound,
            client_authentication: ClientAuthentication::Strict,
            loopback_ports: LoopbackPorts::Registered,
            repeated_parameters: Tolerance::Refused,
            further_response_types: Tolerance::Refused,
            missing_openid: Tolerance::Refused,
            malformed_pkce: Tolerance::Refused,
            double_authentication: Tolerance::Refused,
            access_token_parameter: Tolerance::Refused,
            unknown_grant_type: Tolerance::Refused,
            missing_pkce: Tolerance::Refused,
            malformed_scope: Tolerance::Refused,
            missing_audience: Tolerance::Refused,
            other_audience: Tolerance::Refused,
            unverified_hint: Tolerance::Refused,
            introspection: Presence::Present,
            access_token_format: AccessTokenFormat::ByAudience,
            access_token_signature: AccessTokenSignature::Rs256,
            issuer_parameter: IssuerParameter::Omitted,
            front_channel: FrontChannel::Code,
            code_format: CodeFormat::Plain,
            refresh_token_format: RefreshTokenFormat::Plain,
            access_token_lifetime: None,
            code_lifetime: 600,
            device_code_lifetime: 600,
            device_interval: 5,
            id_token_lifetime: 36_000,
            refresh_token_lifetime: 30 * 86_400,
            id_token_on_refresh: Presence::Present,
            scope_claims_in_id_token: Presence::Present,
            access_token_hash: Presence::Present,
            access_token_exp: Presence::Present,
            pkce_in_metadata: Presence::Present,
            authorization_endpoint_query: Presence::Absent,
            token_endpoint_query: Presence::Absent,
            openid_connect: Presence::Present,
            offline_access: OfflineAccess::Scope,
            no_known_scope: Tolerance::Refused,
            client_challenge: ClientChallenge::Always,
            revocation: Revocation::AllTokens,
            token_response_format: TokenResponseFormat::Json,
        }
    }
}

impl Policy {
    /// For a provider that people try their clients on: it accepts both ways to send a secret, every port of a loopback
    /// redirect URI of a public client, and at the API a token for any registered API or for none.
    #[must_use]
    pub fn served() -> Self {
        Self {
            client_authentication: ClientAuthentication::Lenient,
            loopback_ports: LoopbackPorts::Any,
            missing_audience: Tolerance::Accepted,
            other_audience: Tolerance::Accepted,
            ..Self::default()
        }
    }
}

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $({ $(#[$field_doc:meta])* $field:ident: $type:ty })?),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$variant_doc])* $variant $({ $(#[$field_doc])* $field: $type })?),+ }
    )+};
}

choices! {
    /// What a refresh does to the refresh token (RFC 9700 §4.14.2).
    RefreshRotation {
        /// Every refresh gives a new one; using an old one again revokes the family.
        Rotating,
        /// The answer has no `refresh_token`; the client keeps the one it has.
        Static,
        /// Every refresh gives a new one, and the old one stays good.
        Additional,
    }

    /// Whether PKCE is checked (RFC 7636 §4.6).
    PkcePolicy {
        /// The verifier must match; a verifier without a challenge is refused, too (RFC 9700 §2.1.1).
        Enforce,
        /// Anything goes, and is noted.
        Ignore,
    }

    /// Whether the challenge method `plain` is accepted.
    PlainChallenge {
        /// Only `S256` (RFC 9700 §2.1.1).
        Refused,
        /// Both.
        Accepted,
    }

    /// Whether codes are bound to the authorization request that they answer.
    CodeBinding {
        /// As it should be.
        Bound,
        /// PKCE is not checked, and the ID token carries the nonce of the client's *latest* authorization request
        /// rather than the code's own, so that only `state` is left to stop an injected code.
        Unbound,
    }

    /// How closely the registered `token_endpoint_auth_method` is kept.
    ClientAuthentication {
        /// Exactly the registered method.
        Strict,
        /// `client_secret_basic` and `client_secret_post` both do; so does `client_secret_basic` with an empty secret (RFC
        /// 6749 §2.3.1) if the client is public.
        Lenient,
    }

    /// Which ports a redirect URI on a loopback address may have (RFC 8252 §7.3).
    LoopbackPorts {
        /// The registered one.
        Registered,
        /// Any, if the client is public: a native app takes the port that the system gives it.
        Any,
    }

    /// What becomes of a request that is not as the specifications have it.
    Tolerance {
        /// What the specifications provide for it.
        Refused,
        /// It is answered as if it were right, and noted.
        Accepted,
    }

    /// What access tokens look like.
    AccessTokenFormat {
        /// A JWT for a registered audience, else opaque.
        ByAudience,
        /// A JWT in the profile of RFC 9068 for a registered audience, else opaque.
        Rfc9068,
        /// Always opaque, with every character that RFC 6750 §2.1 (`b68token`) allows.
        Opaque {
            /// Number of characters, at least 32.
            length: usize
        },
    }

    /// How access tokens that are JWTs are signed: a matter between provider and API, and nothing to the client.
    AccessTokenSignature {
        /// With the provider's key.
        Rs256,
        /// With a secret that provider and API share, which costs next to nothing.
        Hs256,
    }

    /// Whether the issuer identifies itself in authorization responses (RFC 9207).
    IssuerParameter {
        /// No metadata flag, no `iss`.
        Omitted,
        /// The metadata announce it and responses carry it.
        Advertised,
    }

    /// What a granted authorization response brings, whatever the client has asked for (RFC 6749 §4.1.2).
    FrontChannel {
        /// A code.
        Code,
        /// An access token, as with the implicit grant (RFC 6749 §4.2.2).
        AccessToken,
        /// An ID token, as in the implicit flow (OpenID Connect Core §3.2.2.5).
        IdToken,
    }

    /// What authorization codes look like (RFC 6749 appendix A.11 allows every visible ASCII character).
    CodeFormat {
        /// 43 base64url characters.
        Plain,
        /// One of another length.
        Long {
            /// Number of characters, at least 22.
            length: usize
        },
        /// One with characters that have to be percent-encoded in URLs and forms.
        Reserved,
    }

    /// What refresh tokens look like (RFC 6749 appendix A.17 allows every visible ASCII character).
    RefreshTokenFormat {
        /// 43 base64url characters.
        Plain,
        /// One of another length.
        Long {
            /// Number of characters, at least 22.
            length: usize
        },
        /// One with characters that have to be percent-encoded in URLs and forms.
        Reserved,
    }

    /// Whether an optional member is there.
    Presence {
        /// It is.
        Present,
        /// It is not.
        Absent,
    }
    /// What a client has to do to get a refresh token.
    OfflineAccess {
        /// It asks for the scope `offline_access` (OpenID Connect Core §11).
        Scope,
        /// The same, and the API that it names, or any if it names none, allows it.
        Api,
        /// It sends `access_type=offline`, as at Google; the scope `offline_access` is unknown.
        Parameter,
        /// Nothing.
        Always,
        /// Nobody gets one.
        Never,
    }

    /// When the answer to a client that fails to authenticate has a `WWW-Authenticate` header.
    ClientChallenge {
        /// Always (RFC 9110 §15.5.2).
        Always,
        /// If it tried `Basic` (RFC 6749 §5.2).
        AsTried,
    }

    /// Which tokens can be revoked (RFC 7009 §2).
    Revocation {
        /// All; with a refresh token, the access tokens of the same authorization (§2.1).
        AllTokens,
        /// Refresh tokens alone; other tokens are answered as unknown ones are.
        RefreshTokens,
    }

    /// How token responses are written.
    TokenResponseFormat {
        /// In JSON (RFC 6749 §5.1).
        Json,
        /// As a form, as at GitHub, unless the client asks for JSON by `Accept`.
        Form,
    }
}
