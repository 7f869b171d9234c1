//! Where a browser goes after its login: to a page of this client, no matter who has made the link (RFC 9700 §4.11.1).

use url::{Position, Url};

use crate::{Defect, Defects};

/// Where it goes unless a page of this client was asked for.
pub(crate) const HOME: &str = "/";

/// The page that was asked for, if it is one of this client. What counts is how a browser reads the target: it strips
/// control characters, takes a backslash for a slash and does without slashes after the scheme (WHATWG URL §4.4). So it
/// is parsed as a browser does it, and the parsed URL is what is sent.
pub(crate) fn checked(asked: &str, redirect_uri: &str, defects: &Defects) -> String {
    if is_let_through(asked, redirect_uri, defects) {
        return asked.to_owned();
    }
    let Ok(base) = Url::parse(redirect_uri) else { return HOME.to_owned() };
    match base.join(asked) {
        Ok(url) if url.origin() == base.origin() && defects.has(Defect::ReturnsToPathOfTarget) => {
            url[Position::BeforePath..].to_owned()
        }
        Ok(url) if url.origin() == base.origin() => url.into(),
        _ => HOME.to_owned(),
    }
}

/// What defects take for a page of this client.
fn is_let_through(asked: &str, redirect_uri: &str, defects: &Defects) -> bool {
    let own = Url::parse(redirect_uri).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization());
    let is_taken = |defect| match defect {
        Defect::ReturnsAnywhere => true,
        Defect::ReturnsToAnyPath => asked.starts_with('/'),
        Defect::ReturnsToPathWithBackslash => asked.starts_with('/') && !asked.starts_with("//"),
        Defect::ReturnsToPathWithTab => asked.starts_with('/') && !asked[1..].starts_with(['/', '\\']),
        Defect::ReturnsToScheme => !asked.contains("//") && !asked.starts_with('/'),
        Defect::ReturnsToScript => !asked.starts_with("http") && !asked.starts_with('/'),
        Defect::ReturnsToUnparsedTarget => Url::parse(redirect_uri).is_ok_and(|base| base.join(asked).is_err()),
        Defect::ReturnsToUrlWithoutHost => asked.contains(":///"),
        Defect::ReturnsToUrlThatBeginsRight => asked.starts_with(&own),
        _ => false,
    };
    let defects_of_this = [
        Defect::ReturnsAnywhere,
        Defect::ReturnsToAnyPath,
        Defect::ReturnsToPathWithBackslash,
        Defect::ReturnsToPathWithTab,
        Defect::ReturnsToScheme,
        Defect::ReturnsToScript,
        Defect::ReturnsToUnparsedTarget,
        Defect::ReturnsToUrlThatBeginsRight,
        Defect::ReturnsToUrlWithoutHost,
    ];
    defects_of_this.into_iter().any(|defect| defects.has(defect) && is_taken(defect))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REDIRECT_URI: &str = "http://127.0.0.1:4711/callback";

    #[test]
    fn page_of_the_client_is_gone_back_to() {
        let target = checked("/orders?page=2#top", REDIRECT_URI, &Defects::default());
        assert_eq!(target, "http://127.0.0.1:4711/orders?page=2#top");
    }

    proptest! {
        #[test]
        fn no_target_leads_away(
            beginning in "[/\\\\.\t ]{0,4}|https?:|javascript:|http://127.0.0.1:4711@",
            rest in ".*",
        ) {
            let base = Url::parse(REDIRECT_URI).expect("a URL");
            let target = checked(&format!("{beginning}{rest}"), REDIRECT_URI, &Defects::default());
            prop_assert_eq!(base.join(&target).expect("a URL").origin(), base.origin());
        }
    }
}
