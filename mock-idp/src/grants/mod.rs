//! The life of codes and tokens, as a state machine without clock, network or randomness.

mod authorization;
mod device;
mod pkce;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};

pub(crate) use authorization::Authorization;
pub(crate) use device::{Device, Devices, SLOWER, Unready};
pub(crate) use pkce::{Challenge, is_well_formed, normalised};

use crate::bounded::Bounded;
use crate::terms::same_loopback;
use crate::{CodeBinding, Note, PkcePolicy, Policy, RefreshRotation, Revocation, Tolerance};

/// How many codes, token families and tokens an issuer remembers.
const REMEMBERED: usize = 20_000;

/// Everything an issuer has granted.
pub(crate) struct Grants {
    flows: u64,
    codes: Bounded<String, Code>,
    /// By flow: what became of the tokens that descend from one authorization.
    families: Bounded<u64, Family>,
    refresh_tokens: Bounded<String, RefreshToken>,
    /// By SHA-256, because JWTs are long.
    access_tokens: Bounded<[u8; 32], AccessToken>,
    pub(crate) devices: Devices,
    /// By client: the nonce of its latest authorization request.
    latest_nonce: HashMap<String, Option<String>>,
}

struct Code {
    authorization: Arc<Authorization>,
    expires: i64,
    redeemed: bool,
}

#[derive(Clone, Copy, Default)]
struct Family {
    refresh_revoked: bool,
    access_revoked: bool,
}

struct RefreshToken {
    authorization: Arc<Authorization>,
    expires: i64,
    spent: bool,
    revoked: bool,
}

/// A refresh token that is good.
#[derive(Clone, Debug)]
pub(crate) struct Refreshable {
    pub(crate) authorization: Arc<Authorization>,
    /// When it expires, and its successors with it: rotation does not lengthen a life.
    pub(crate) expires: i64,
}

/// What an access token stands for.
#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) authorization: Arc<Authorization>,
    pub(crate) scope: Vec<String>,
    pub(crate) issued: i64,
    pub(crate) expires: i64,
    pub(crate) revoked: bool,
}

/// What a token request brings along for a code.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CodeRedemption<'a> {
    pub(crate) code: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: Option<&'a str>,
    pub(crate) verifier: Option<&'a str>,
}

/// A redeemed code.
#[derive(Debug)]
pub(crate) struct Redeemed {
    pub(crate) authorization: Arc<Authorization>,
    /// What the ID token has to carry: the authorization's own nonce, unless the binding is switched off.
    pub(crate) nonce: Option<String>,
    /// What was let pass.
    pub(crate) notes: Vec<Note>,
}

impl Default for Grants {
    fn default() -> Self {
        Self {
            flows: 0,
            codes: Bounded::new(REMEMBERED),
            families: Bounded::new(REMEMBERED),
            refresh_tokens: Bounded::new(REMEMBERED),
            access_tokens: Bounded::new(REMEMBERED),
            devices: Devices::default(),
            latest_nonce: HashMap::new(),
        }
    }
}

impl Grants {
    /// Remembers that a client asked, whether it gets a code or not.
    pub(crate) fn asked(&mut self, client_id: &str, nonce: Option<&str>) {
        self.latest_nonce.insert(client_id.to_owned(), nonce.map(str::to_owned));
    }

    /// Number for the next authorization.
    pub(crate) fn next_flow(&mut self) -> u64 {
        self.flows += 1;
        self.flows
    }

    /// Issues a code.
    pub(crate) fn authorize(&mut self, code: String, authorization: Arc<Authorization>, expires: i64) {
        self.families.insert(authorization.flow, Family::default());
        self.codes.insert(code, Code { authorization, expires, redeemed: false });
    }

    /// A client gets tokens without a code (RFC 6749 §4.4; RFC 8628; RFC 8693).
    /// Its number is the next one.
    pub(crate) fn authorize_without_code(&mut self, authorization: Authorization) -> Arc<Authorization> {
        let authorization = Arc::new(Authorization { flow: self.next_flow(), ..authorization });
        self.families.insert(authorization.flow, Family::default());
        authorization
    }

    /// Exchanges a code (RFC 6749 §4.1.3). Only success uses it up; a second use revokes what the first one gave.
    pub(crate) fn redeem(&mut self, request: CodeRedemption<'_>, policy: &Policy, now: i64) -> Result<Redeemed, Note> {
        let code = self.codes.get_mut(request.code).ok_or(Note::CodeUnknown)?;
        let authorization = code.authorization.clone();
        refuse_unless(authorization.client_id == request.client_id, Note::CodeOfAnotherClient)?;
        if code.redeemed {
            self.revoke_family(authorization.flow);
            return Err(Note::CodeReused);
        }
        refuse_unless(now < code.expires, Note::CodeExpired)?;
        let unbound = policy.code_binding == CodeBinding::Unbound;
        // Here only the client's own checks are to stop a code of another login, and not the port of a native app.
        let any_port = unbound || policy.pkce == PkcePolicy::Ignore;
        let matches = redirect_uri_matches(&authorization, request.redirect_uri, any_port);
        refuse_unless(matches, Note::RedirectUriMismatch)?;

        let mut notes = Vec::new();
        match pkce_problem(authorization.challenge.as_ref(), request.verifier) {
            Some(Note::PkceMalformed) if policy.malformed_pkce == Tolerance::Accepted => {
                notes.push(Note::PkceMalformed);
            }
            Some(problem) if policy.pkce == PkcePolicy::Enforce && !unbound => return Err(problem),
            tolerated => notes.extend(tolerated),
        }
        let mut nonce = authorization.nonce.clone();
        if unbound
            && let Some(latest) = self.latest_nonce.get(request.client_id)
            && *latest != nonce
        {
            nonce.clone_from(latest);
            notes.push(Note::NonceFromAnotherRequest);
        }
        code.redeemed = true;
        Ok(Redeemed { authorization, nonce, notes })
    }

    /// Hands out a refresh token.
    pub(crate) fn issue_refresh_token(&mut self, token: String, authorization: Arc<Authorization>, expires: i64) {
        self.refresh_tokens.insert(token, RefreshToken { authorization, expires, spent: false, revoked: false });
    }

    /// Checks a refresh token and, with rotation, uses it up (RFC 9700 §4.14.2). The caller then issues its successor.
    pub(crate) fn refresh(
        &mut self,
        token: &str,
        client_id: &str,
        rotation: RefreshRotation,
        now: i64,
    ) -> Result<Refreshable, Note> {
        let refreshable = self.refreshable(token, client_id, now)?;
        if rotation == RefreshRotation::Rotating
            && let Some(known) = self.refresh_tokens.get_mut(token)
        {
            known.spent = true;
        }
        Ok(refreshable)
    }

    /// Checks a refresh token without using it up. A used one revokes its family.
    pub(crate) fn refreshable(&mut self, token: &str, client_id: &str, now: i64) -> Result<Refreshable, Note> {
        let known = self.refresh_tokens.get(token).ok_or(Note::RefreshTokenUnknown)?;
        let authorization = known.authorization.clone();
        refuse_unless(authorization.client_id == client_id, Note::RefreshTokenOfAnotherClient)?;
        let family = self.families.get_mut(&authorization.flow).ok_or(Note::RefreshTokenUnknown)?;
        if known.spent {
            family.refresh_revoked = true;
            return Err(Note::RefreshTokenReused);
        }
        refuse_unless(!known.revoked && !family.refresh_revoked, Note::RefreshTokenRevoked)?;
        refuse_unless(now < known.expires, Note::RefreshTokenExpired)?;
        Ok(Refreshable { authorization, expires: known.expires })
    }

    /// A refresh token of the client, if it is good. Looking at a used one has no consequences.
    pub(crate) fn peek(&self, token: &str, client_id: &str, now: i64) -> Option<Refreshable> {
        let known = self.refresh_tokens.get(token)?;
        let family = self.families.get(&known.authorization.flow)?;
        let is_good = known.authorization.client_id == client_id
            && !(known.spent || known.revoked || family.refresh_revoked)
            && now < known.expires;
        is_good.then(|| Refreshable { authorization: known.authorization.clone(), expires: known.expires })
    }

    /// Remembers a minted access token.
    pub(crate) fn remember_access_token(&mut self, token: &str, access_token: AccessToken) {
        self.access_tokens.insert(hashed(token), access_token);
    }

    /// What an access token stands for, if it is good.
    pub(crate) fn access_token(&self, token: &str, now: i64) -> Result<AccessToken, Note> {
        let known = self.access_tokens.get(&hashed(token)).ok_or(Note::AccessTokenUnknown)?;
        let family = self.families.get(&known.authorization.flow).ok_or(Note::AccessTokenUnknown)?;
        refuse_unless(!known.revoked && !family.access_revoked, Note::AccessTokenRevoked)?;
        refuse_unless(now < known.expires, Note::AccessTokenExpired)?;
        Ok(known.clone())
    }

    /// Revokes one access token; false if it is unknown.
    pub(crate) fn revoke_access_token(&mut self, token: &str) -> bool {
        let known = self.access_tokens.get_mut(&hashed(token));
        known.map(|token| token.revoked = true).is_some()
    }

    /// Revokes the access tokens that a user's clients hold now.
    pub(crate) fn revoke_access_tokens_of(&mut self, subject: &str) {
        let theirs = self.access_tokens.values_mut().filter(|token| token.authorization.subject == subject);
        theirs.for_each(|token| token.revoked = true);
    }

    /// Revokes the refresh tokens that a user's clients hold now.
    pub(crate) fn revoke_refresh_tokens_of(&mut self, subject: &str) {
        let theirs = self.refresh_tokens.values_mut().filter(|token| token.authorization.subject == subject);
        theirs.for_each(|token| token.revoked = true);
    }

    /// Revokes a client's refresh token and, as far as the policy goes, what has come of the same authorization; or its
    /// access token (RFC 7009 §2.1). An unknown one is no error (§2.2).
    pub(crate) fn revoke(&mut self, token: &str, client_id: &str, revocation: Revocation) -> Result<(), Note> {
        let all = revocation == Revocation::AllTokens;
        if let Some(known) = self.refresh_tokens.get(token) {
            refuse_unless(known.authorization.client_id == client_id, Note::RefreshTokenOfAnotherClient)?;
            if let Some(family) = self.families.get_mut(&known.authorization.flow) {
                family.refresh_revoked = true;
                family.access_revoked |= all;
            }
        } else if let Some(known) = self.access_tokens.get_mut(&hashed(token)).filter(|_| all) {
            refuse_unless(known.authorization.client_id == client_id, Note::AccessTokenOfAnotherClient)?;
            known.revoked = true;
        }
        Ok(())
    }

    fn revoke_family(&mut self, flow: u64) {
        if let Some(family) = self.families.get_mut(&flow) {
            *family = Family { refresh_revoked: true, access_revoked: true };
        }
    }
}

/// RFC 6749 §4.1.3: required and identical if the authorization request had one.
fn redirect_uri_matches(authorization: &Authorization, sent: Option<&str>, any_port: bool) -> bool {
    match sent {
        Some(uri) => uri == authorization.redirect_uri || (any_port && same_loopback(uri, &authorization.redirect_uri)),
        None => !authorization.redirect_uri_sent,
    }
}

fn pkce_problem(challenge: Option<&Challenge>, verifier: Option<&str>) -> Option<Note> {
    match (challenge, verifier) {
        (None, None) => None,
        (None, Some(_)) => Some(Note::PkceVerifierWithoutChallenge),
        (Some(_), None) => Some(Note::PkceVerifierMissing),
        (Some(challenge), Some(verifier)) => match (challenge.is_answered_by(verifier), is_well_formed(verifier)) {
            (true, true) => None,
            (true, false) => Some(Note::PkceMalformed),
            (false, _) => Some(Note::PkceMismatch),
        },
    }
}

fn refuse_unless(condition: bool, note: Note) -> Result<(), Note> {
    if condition { Ok(()) } else { Err(note) }
}

fn hashed(token: &str) -> [u8; 32] {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}
