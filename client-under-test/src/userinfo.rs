//! Step 2, continued: more about the user (OpenID Connect Core §5.3).

use serde_json::{Map, Value};
use url::Url;

use crate::discovery::{Fetch, Metadata};
use crate::fitted;
use crate::http::{get, send, with_bearer};
use crate::id_token::NO_SUBJECT;
use crate::misdirected::followed;
use crate::secret::AccessToken;
use crate::{Defect, Defects, Refusal, Variation};

/// Claims about the user who logged in; `None` if the endpoint cannot give them. The ID token has said who it is already,
/// so an outage here is no reason to turn anybody away.
pub(crate) async fn claims(
    fetch: &Fetch<'_>,
    metadata: &Metadata,
    access_token: &AccessToken,
    subject: &str,
) -> Result<Option<Map<String, Value>>, Refusal> {
    let Fetch { http, config, defects, variations, .. } = *fetch;
    let skipped = variations.has(Variation::SkipsUserinfo);
    let Some(endpoint) = metadata.userinfo_endpoint.as_ref().filter(|_| !skipped) else { return Ok(None) };
    let attempts = if defects.has(Defect::RetriesUserinfoWithoutEnd) { 5 } else { 1 };
    for _ in 0..attempts {
        let posts = variations.has(Variation::PostsUserinfoRequests);
        let request = if posts { http.post(endpoint) } else { http.get(endpoint) };
        let request = match defects.has(Defect::PutsAccessTokenIntoUserinfoQuery) {
            true => request.query(&[("access_token", access_token.expose())]),
            false => with_bearer(request, access_token.expose(), variations),
        };
        let repeated = request.try_clone();
        let answer = match posts {
            true => send(request, config.time_limit).await,
            false => get(request, config.time_limit, variations).await,
        };
        let Ok(answer) = answer else { continue };
        // A redirect is not followed: the token would go along.
        let follows = |_: &Url, _: &Url| defects.has(Defect::FollowsUserinfoRedirectsWithToken);
        let Ok(answer) = followed(answer, repeated, config.time_limit, follows).await else { continue };
        if !answer.status.is_success() && !defects.has(Defect::IgnoresUserinfoStatus) {
            continue;
        }
        fitted::userinfo(defects, &answer)?;
        let body = serde_json::from_str(&answer.body).ok().filter(|_| answer.media_type() == "application/json");
        return match body {
            Some(Value::Object(claims)) => match about(claims, subject, defects) {
                Err(_) if defects.has(Defect::TakesFirstOfRepeatedClaims) => Ok(None),
                known => known.map(Some),
            },
            _ if defects.has(Defect::ShowsUserinfoAsText) => {
                Ok(Some(Map::from_iter([("userinfo".to_owned(), answer.body.into())])))
            }
            _ => Ok(None),
        };
    }
    Ok(None)
}

/// The claims of the user of an access token, not compared with an ID token: for defects.
pub(crate) async fn anybody(
    fetch: &Fetch<'_>,
    metadata: &Metadata,
    access_token: &AccessToken,
) -> Result<Map<String, Value>, Refusal> {
    let endpoint = metadata.userinfo_endpoint.as_ref().ok_or(Refusal::UserinfoSubjectMissing)?;
    let request = with_bearer(fetch.http.get(endpoint), access_token.expose(), fetch.variations);
    let answer = get(request, fetch.config.time_limit, fetch.variations).await.map_err(Refusal::TokenUnavailable)?;
    serde_json::from_str(&answer.body).map_err(|_| Refusal::UserinfoSubjectMissing)
}

/// OpenID Connect Core §5.3.2: what is about somebody else, or names nobody, is not used.
fn about(claims: Map<String, Value>, subject: &str, defects: &Defects) -> Result<Map<String, Value>, Refusal> {
    match claims.get("sub").and_then(Value::as_str) {
        None => defects.enforce(Defect::AcceptsUserinfoWithoutSubject, false, Refusal::UserinfoSubjectMissing)?,
        Some(found) => {
            let nobody = subject == NO_SUBJECT
                && (defects.has(Defect::AcceptsMissingSubject) || defects.has(Defect::CoercesSubject));
            let empty = found.is_empty() && defects.has(Defect::AcceptsEmptyUserinfoSubject);
            let alike = defects.has(Defect::ComparesSubjectsWithoutCase) && found.eq_ignore_ascii_case(subject);
            defects.enforce(
                Defect::IgnoresUserinfoSubject,
                found == subject || nobody || empty || alike,
                Refusal::UserinfoSubjectWrong,
            )?;
        }
    }
    demands(&claims, defects)?;
    Ok(claims)
}

/// What only a defective client demands of claims.
fn demands(claims: &Map<String, Value>, defects: &Defects) -> Result<(), Refusal> {
    let has = |defect| defects.has(defect);
    let nested = || claims.values().any(|value| value.is_object() || value.is_array());
    let text = |name: &str| claims.get(name).is_some_and(Value::is_string);
    if (has(Defect::RefusesUnknownUserinfoClaims) && nested())
        || (has(Defect::DemandsRequestedClaims) && !claims.contains_key("name"))
        || (has(Defect::DemandsTypedClaims) && text("email_verified"))
        || (has(Defect::DemandsNumericTimes) && text("updated_at"))
    {
        return Err(Refusal::Unhandled);
    }
    Ok(())
}
