//! The claims that a client asks for by name (OpenID Connect Core §5.5).

use serde_json::{Map, Value};

/// The parameter `claims` of an authorization request. Members that are not known are ignored, and so is `essential`: a
/// claim that the provider cannot supply is left out (§5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestedClaims {
    userinfo: Map<String, Value>,
    id_token: Map<String, Value>,
}

impl RequestedClaims {
    /// `None`: it is not of the form that §5.5 has for it.
    pub(crate) fn parse(parameter: &str) -> Option<Self> {
        let mut members: Map<String, Value> = serde_json::from_str(parameter).ok()?;
        let mut claims_of = |place| match members.remove(place) {
            None | Some(Value::Null) => Some(Map::new()),
            Some(Value::Object(claims)) if claims.values().all(|how| how.is_null() || how.is_object()) => Some(claims),
            Some(_) => None,
        };
        Some(Self { userinfo: claims_of("userinfo")?, id_token: claims_of("id_token")? })
    }

    /// What UserInfo is to have besides what the scope brings.
    pub(crate) fn of_userinfo(&self) -> Vec<String> {
        self.userinfo.keys().cloned().collect()
    }

    /// What the ID token is to have besides what the scope brings.
    pub(crate) fn of_id_token(&self) -> Vec<String> {
        self.id_token.keys().cloned().collect()
    }

    /// The only user whom the client wants (§5.5.1: `sub` with a value).
    pub(crate) fn subject(&self) -> Option<&str> {
        let wanted = [&self.userinfo, &self.id_token].into_iter().filter_map(|claims| claims.get("sub"));
        wanted.filter_map(|how| how.get("value")).find_map(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_asked_for_by_place_and_name() {
        let asked = r#"{"userinfo": {"email": null, "locale": {"essential": true}}, "id_token": {"sub": {"value": "7"}}, "more": 1}"#;
        let claims = RequestedClaims::parse(asked).expect("claims");
        assert_eq!(
            (claims.of_userinfo(), claims.of_id_token()),
            (vec!["email".into(), "locale".into()], vec!["sub".into()])
        );
        assert_eq!(claims.subject(), Some("7"));
        assert_eq!(RequestedClaims::parse("{}"), Some(RequestedClaims::default()));
    }

    #[test]
    fn what_is_no_request_for_claims_is_refused() {
        for wrong in
            ["", "email", "[]", r#"{"userinfo": []}"#, r#"{"id_token": {"email": true}}"#, r#"{"id_token": "email"}"#]
        {
            assert_eq!(RequestedClaims::parse(wrong), None, "{wrong}");
        }
    }
}
