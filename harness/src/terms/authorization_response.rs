//! The authorization response, on its way through the browser to the redirect URI.

/// The parameters of an authorization response on their way to the redirect URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// Where it goes.
    pub redirect_uri: String,
    /// How it goes there.
    pub mode: ResponseMode,
    /// Decoded, in order, duplicates included.
    pub params: Vec<(String, String)>,
}

/// How an authorization response is delivered (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of a redirect.
    Query,
    /// In the fragment of a redirect, which browsers send to no server: for an app that runs in the browser.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

impl AuthorizationResponse {
    /// The first value of a parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Replaces a parameter, or adds it.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.params.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.params.push((name.to_owned(), value.to_owned())),
        }
    }

    /// The parameters, form-encoded.
    #[must_use]
    pub fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.params).finish()
    }
}
