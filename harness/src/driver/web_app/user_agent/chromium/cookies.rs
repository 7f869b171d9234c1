//! Cookies, as the protocol of the developer tools has them.

use cookie::{Cookie as RawCookie, SameSite};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Origin;

use crate::driver::web_app::user_agent::agent::VisitError;

/// `Network.Cookie`, and as much of `Network.CookieParam` as it takes to set it again.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cookie {
    name: String,
    value: String,
    path: String,
    secure: bool,
    http_only: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    same_site: Option<String>,
    /// With a dot in front if other hosts below it get the cookie, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    /// Who has set it: the host that gets it back, unless a domain says more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Deserialize)]
struct Cookies {
    cookies: Vec<Cookie>,
}

/// The answer to `Storage.getCookies`.
pub(super) fn read(answer: &Value) -> Result<Vec<RawCookie<'static>>, VisitError> {
    let Cookies { cookies } = Cookies::deserialize(answer)
        .map_err(|error| VisitError::NoBrowser(format!("it does not say which cookies it has: {error}")))?;
    Ok(cookies.into_iter().map(portable).collect())
}

fn portable(cookie: Cookie) -> RawCookie<'static> {
    let mut portable = RawCookie::new(cookie.name, cookie.value);
    portable.set_path(cookie.path);
    portable.set_secure(cookie.secure);
    portable.set_http_only(cookie.http_only);
    portable.set_same_site(match cookie.same_site.as_deref() {
        Some("Strict") => Some(SameSite::Strict),
        Some("Lax") => Some(SameSite::Lax),
        Some("None") => Some(SameSite::None),
        _ => None,
    });
    if let Some(domain) = cookie.domain.filter(|domain| domain.starts_with('.')) {
        portable.set_domain(domain);
    }
    portable
}

/// `cookies` of `Storage.setCookies`, as if a client of this origin had set them.
pub(super) fn written(cookies: &[RawCookie<'static>], client: &Origin) -> Vec<Value> {
    let written = |cookie: &RawCookie<'static>| {
        let cookie = Cookie {
            name: cookie.name().to_owned(),
            value: cookie.value().to_owned(),
            path: cookie.path().unwrap_or("/").to_owned(),
            secure: cookie.secure() == Some(true),
            http_only: cookie.http_only() == Some(true),
            same_site: cookie.same_site().map(|same_site| same_site.to_string()),
            // The library that keeps it takes the dot away.
            domain: cookie.domain().map(|domain| format!(".{domain}")),
            url: Some(client.ascii_serialization()),
        };
        serde_json::to_value(cookie).expect("its keys are strings")
    };
    cookies.iter().map(written).collect()
}
