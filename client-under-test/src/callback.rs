//! Step 1, the way back: the authorization response (RFC 6749 §4.1.2; RFC 9207).

use url::Url;

use crate::discovery::Metadata;
use crate::fitted;
use crate::secret::{AccessToken, AuthorizationCode, IdToken, Nonce, RefreshToken, State};
use crate::{Defect, Defects, Refusal};

/// The parameters that arrived at the redirect URI. Anybody can send them: nothing here is to be believed.
#[derive(Debug, Clone)]
pub struct AuthorizationResponse {
    parameters: Vec<(String, String)>,
    /// The path that they arrived at.
    path: Option<String>,
}

/// The parameters that mean something; all others are ignored (RFC 6749 §4.1.2).
const KNOWN: [&str; 6] = ["code", "state", "iss", "error", "error_description", "error_uri"];

impl AuthorizationResponse {
    /// Takes the decoded parameters, in any order.
    #[must_use]
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self { parameters: pairs, path: None }
    }

    /// With the path of the redirect URI that they arrived at, for a client that has several.
    #[must_use]
    pub fn arriving_at(self, path: &str) -> Self {
        Self { path: Some(path.to_owned()), ..self }
    }

    /// Whether it is at the redirect URI of the login that it belongs to, as far as that is known (RFC 9700 §4.4.2).
    pub(crate) fn is_where(&self, redirect_uri: &str) -> bool {
        self.path.as_ref().is_none_or(|path| Url::parse(redirect_uri).is_ok_and(|url| url.path() == path))
    }

    /// Without all but the last of several parameters of the same name: a defect.
    pub(crate) fn last_of_each(self) -> Self {
        let all = &self.parameters;
        let is_last = |at: usize| all[at + 1..].iter().all(|(name, _)| *name != all[at].0);
        let parameters = (0..all.len()).filter(|at| is_last(*at)).map(|at| all[at].clone()).collect();
        Self { parameters, ..self }
    }

    /// No parameter more than once (RFC 6749 §3.1).
    pub(crate) fn is_well_formed(&self, defects: &Defects) -> Result<(), Refusal> {
        fitted::response(defects, &self.parameters)?;
        for name in KNOWN {
            let times = self.parameters.iter().filter(|(known, _)| known == name).count();
            let is_taken = times <= 1
                || (name == "code" && defects.has(Defect::TakesFirstOfRepeatedCodes))
                || (name == "iss" && defects.has(Defect::LooksForIssAmongSeveral));
            defects.enforce(Defect::TakesFirstOfRepeatedParameters, is_taken, Refusal::ParameterRepeated(name))?;
        }
        if defects.has(Defect::RefusesUnknownParameters)
            && self.parameters.iter().any(|(name, _)| !KNOWN.contains(&name.as_str()))
        {
            return Err(Refusal::Unhandled);
        }
        Ok(())
    }

    /// A parameter without a value counts as left out (RFC 6749 §3.1).
    fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    fn raw(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The state, which says which login of this browser is answered.
    pub(crate) fn state(&self) -> Option<State> {
        self.get("state").map(State::new)
    }

    /// Whether the state is a list, in the spelling of many frameworks.
    pub(crate) fn has_state_list(&self) -> bool {
        self.raw("state[]").is_some()
    }

    /// Whether the parameter is there, if only by name.
    pub(crate) fn has_empty_state(&self) -> bool {
        self.raw("state") == Some("")
    }

    /// The code, if this is the answer of the provider that was asked, and a success.
    pub(crate) fn code(&self, metadata: &Metadata, defects: &Defects) -> Result<AuthorizationCode, Refusal> {
        self.is_from(metadata, defects)?;
        if let Some(error) = self.get("error")
            && !(self.get("code").is_some() && defects.has(Defect::RedeemsCodeDespiteError))
        {
            return Err(Refusal::AuthorizationDenied { error: self.told(error, defects) });
        }
        match self.get("code") {
            Some(code) if defects.has(Defect::TruncatesCode) => {
                Ok(AuthorizationCode::new(code.get(..255).unwrap_or(code)))
            }
            Some(code) if defects.has(Defect::DecodesCodeTwice) => Ok(AuthorizationCode::new(decoded(code))),
            Some(code) => Ok(AuthorizationCode::new(code)),
            None if defects.has(Defect::RedeemsMissingCode) && self.raw("code").is_none() => {
                Ok(AuthorizationCode::new("undefined"))
            }
            None if defects.has(Defect::RedeemsEmptyCode) && self.raw("code").is_some() => {
                Ok(AuthorizationCode::new(""))
            }
            None if defects.has(Defect::FallsOverWithoutCode) => Err(Refusal::Unhandled),
            None => Err(Refusal::CodeMissing),
        }
    }

    /// The message for an error. It leaves out the description: the sender of the response has written it.
    fn told(&self, error: &str, defects: &Defects) -> String {
        let has = |defect| defects.has(defect);
        match self.get("error_description").filter(|_| has(Defect::EchoesErrorDescription)) {
            Some(description) => format!("{}: {description}", printable(error)),
            None if has(Defect::EchoesErrorCode) => error.to_owned(),
            None => printable(error),
        }
    }

    /// Whether it says that something went wrong.
    pub(crate) fn is_error(&self) -> bool {
        self.get("error").is_some()
    }

    /// A token that stands where none belongs: a defect.
    pub(crate) fn access_token(&self) -> Option<AccessToken> {
        self.get("access_token").map(AccessToken::new)
    }

    /// A refresh token that stands where none belongs: a defect.
    pub(crate) fn refresh_token(&self) -> Option<RefreshToken> {
        self.get("refresh_token").map(RefreshToken::new)
    }

    /// A nonce taken from the response: a defect.
    pub(crate) fn nonce(&self) -> Option<Nonce> {
        self.get("nonce").map(Nonce::new)
    }

    /// An ID token that stands where none belongs: a defect.
    pub(crate) fn id_token(&self) -> Option<IdToken> {
        self.get("id_token").map(IdToken::new)
    }

    /// Whether there is neither a code nor an error.
    pub(crate) fn says_nothing(&self) -> bool {
        self.get("code").is_none() && !self.is_error()
    }

    /// Who has answered, if the response says so. Only to be compared with who was asked.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.get("iss")
    }

    /// Mix-up defence (RFC 9207 §2.4): a response that names its issuer has to name the one that was asked, to the byte,
    /// and a provider that has promised to name itself has to do it.
    fn is_from(&self, metadata: &Metadata, defects: &Defects) -> Result<(), Refusal> {
        let Some(issuer) = self.issuer() else {
            let promised = metadata.authorization_response_iss_parameter_supported
                && !(self.raw("iss").is_some() && defects.has(Defect::AcceptsEmptyIss));
            return defects.enforce(Defect::AcceptsMissingIss, !promised, Refusal::IssuerParameterMissing);
        };
        if defects.has(Defect::ChecksIssOnlyIfPromised) && !metadata.authorization_response_iss_parameter_supported {
            return Ok(());
        }
        let is_same = if defects.has(Defect::LooksForIssAmongSeveral) {
            self.parameters.iter().any(|(name, value)| name == "iss" && *value == metadata.issuer)
        } else if defects.has(Defect::ComparesIssByPrefix) {
            issuer.starts_with(&metadata.issuer)
        } else if defects.has(Defect::ComparesIssWithoutCase) {
            issuer.eq_ignore_ascii_case(&metadata.issuer)
        } else if defects.has(Defect::ComparesIssWithoutScheme) {
            issuer.split_once(':').map(|it| it.1) == metadata.issuer.split_once(':').map(|it| it.1)
        } else if defects.has(Defect::FindsIssInIssuer) {
            metadata.issuer.contains(issuer)
        } else if defects.has(Defect::FindsIssuerInIss) {
            issuer.contains(&metadata.issuer)
        } else if defects.has(Defect::ComparesIssWithoutSlash) {
            issuer == metadata.issuer.trim_end_matches('/')
        } else if defects.has(Defect::IgnoresSlashesAfterIss) {
            issuer.trim_end_matches('/') == metadata.issuer.trim_end_matches('/')
        } else {
            issuer == metadata.issuer
        };
        defects.enforce(Defect::IgnoresIss, is_same, Refusal::IssuerParameterWrong)
    }
}

/// An error code for a message: RFC 6749 §4.1.2.1 allows few characters, and the sender of the response chooses them.
pub(crate) fn printable(error: &str) -> String {
    error.chars().filter(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c)).take(64).collect()
}

fn decoded(text: &str) -> String {
    let pairs: Vec<_> = url::form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    pairs
        .into_iter()
        .map(|(name, value)| if value.is_empty() { name } else { format!("{name}={value}") })
        .collect::<Vec<_>>()
        .join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_markup_survives_in_an_error_code(error in ".*") {
            let shown = printable(&error);
            prop_assert!(!shown.contains(['<', '>', '"', '\'', '&', '\r', '\n']));
            prop_assert!(shown.len() <= 64);
        }
    }

    #[test]
    fn error_code_of_the_specification_is_shown_as_it_is() {
        assert_eq!(printable("temporarily_unavailable"), "temporarily_unavailable");
    }
}
