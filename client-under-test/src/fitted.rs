//! What only a client demands that has been fitted to one provider: defects, each of which does not tolerate one lawful variation.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Map, Value};
use tokio::net::TcpStream;
use url::Url;

use crate::http::Answer;
use crate::{Defect, Defects, Refusal};

/// How many characters 256 bits are in base64url.
const USUAL_LENGTH: usize = 43;

/// A name that no specification has.
fn is_unknown(name: &str) -> bool {
    name.starts_with("x_")
}

fn has_unknown_text(members: &Map<String, Value>) -> bool {
    members.iter().any(|(name, value)| is_unknown(name) && value.is_string())
}

fn is_plain_json(answer: &Answer) -> bool {
    answer.headers.get(CONTENT_TYPE).is_some_and(|value| value == "application/json")
}

/// What stands before the parameters of the media type, to the letter.
fn essence_as_sent(answer: &Answer) -> &str {
    let value = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default()
}

/// Whether a token response is JSON, to a client that may read its media type badly.
pub(crate) fn is_json(defects: &Defects, answer: &Answer) -> bool {
    let essence = essence_as_sent(answer);
    if defects.has(Defect::ComparesMediaTypeExactly) {
        is_plain_json(answer)
    } else if defects.has(Defect::ComparesMediaTypeWithCase) {
        essence.trim() == "application/json"
    } else if defects.has(Defect::ComparesMediaTypeUntrimmed) {
        essence.eq_ignore_ascii_case("application/json")
    } else {
        answer.media_type() == "application/json"
    }
}

/// Whether a token response is JSON, to a client that knows one spelling of the media type and looks at the body otherwise.
pub(crate) fn is_json_by_its_beginning(answer: &Answer) -> bool {
    essence_as_sent(answer) == "application/json" || answer.body.starts_with("{\"")
}

/// How JSON is written.
fn reads(defects: &Defects, answer: &Answer) -> Result<(), &'static str> {
    if defects.has(Defect::ReadsCompactJsonOnly) && answer.body.contains(['\n', '\r', '\t']) {
        return Err("there is white space in it");
    }
    if defects.has(Defect::ReadsPlainSlashesOnly) && answer.body.contains("\\/") {
        return Err("a slash in it is escaped");
    }
    Ok(())
}

/// The metadata as they arrive.
pub(crate) fn metadata(defects: &Defects, answer: &Answer, issuer: &str) -> Result<(), Refusal> {
    let demand = |defect, holds: bool, what: &str| match holds || !defects.has(defect) {
        true => Ok(()),
        false => Err(Refusal::MetadataMalformed(what.to_owned())),
    };
    reads(defects, answer).map_err(|what| Refusal::MetadataMalformed(what.to_owned()))?;
    let is_an_hour = answer.headers.get(CACHE_CONTROL).is_some_and(|value| value == "public, max-age=3600");
    let members: Map<String, Value> = serde_json::from_str(&answer.body).unwrap_or_default();
    demand(Defect::DemandsSlashAfterIssuer, issuer.ends_with('/'), "the issuer does not end in a slash")?;
    demand(Defect::ComparesMediaTypeOfMetadataExactly, is_plain_json(answer), "the media type is another")?;
    demand(Defect::DemandsHourOfFreshness, is_an_hour, "they may not be kept for an hour")?;
    demand(Defect::RefusesUnknownMetadata, !has_unknown_text(&members), "there is an unknown member")
}

/// Asks for the metadata by hand, and looks for header fields in lower case alone.
pub(crate) async fn header_names(defects: &Defects, url: &str) -> Result<(), Refusal> {
    let Some(url) = Url::parse(url).ok().filter(|url| url.scheme() == "http") else { return Ok(()) };
    if !defects.has(Defect::ReadsLowerCaseHeadersOnly) {
        return Ok(());
    }
    let unreachable = |error: std::io::Error| Refusal::MetadataUnreachable(error.to_string());
    let address = (url.host_str().unwrap_or_default().to_owned(), url.port_or_known_default().unwrap_or(80));
    let stream = TcpStream::connect(address).await.map_err(unreachable)?;
    let request = format!("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", url.path(), url.authority());
    stream.writable().await.map_err(unreachable)?;
    stream.try_write(request.as_bytes()).map_err(unreachable)?;
    // The head of an answer is short, and comes in one piece.
    let mut answer = vec![0; 16 * 1024];
    stream.readable().await.map_err(unreachable)?;
    let read = stream.try_read(&mut answer).map_err(unreachable)?;
    match String::from_utf8_lossy(&answer[..read]).contains("\r\ncontent-type: ") {
        true => Ok(()),
        false => Err(Refusal::MetadataMalformed("there is no content-type".to_owned())),
    }
}

/// The key set as it arrives.
pub(crate) fn key_set(defects: &Defects, set: &Map<String, Value>) -> Result<(), Refusal> {
    let keys = set.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // Keys without a modulus are the subject of another defect.
    let whole = || keys.iter().filter(|key| key.get("n").is_some());
    let is_for_signatures = |key: &Value| key.get("use").is_none_or(|purpose| purpose == "sig");
    let signing = || whole().filter(|key| is_for_signatures(key));
    let demands = [
        (Defect::DemandsAlgOfKeys, whole().all(|key| key.get("alg").is_some())),
        (Defect::DemandsCertificateOfKeys, signing().all(|key| key.get("x5c").is_some())),
        (Defect::DemandsUseOfKeys, whole().all(|key| key.get("use").is_some())),
        (Defect::DemandsUsualKeyIds, signing().all(|key| length(key.get("kid")) == Some(USUAL_LENGTH))),
        (Defect::RefusesEncryptionKeys, whole().all(is_for_signatures)),
        (Defect::RefusesUnknownKeyMembers, whole().all(|key| key.as_object().is_none_or(|key| !has_unknown_text(key)))),
        (Defect::RefusesUnknownKeySetMembers, !has_unknown_text(set)),
    ];
    match demands.iter().all(|(defect, holds)| *holds || !defects.has(*defect)) {
        true => Ok(()),
        false => Err(Refusal::KeysMalformed),
    }
}

/// The parameters of the authorization response.
pub(crate) fn response(defects: &Defects, parameters: &[(String, String)]) -> Result<(), Refusal> {
    let is_first = parameters.first().is_none_or(|(name, _)| name == "code" || name == "error");
    if defects.has(Defect::DemandsCodeFirst) && !is_first {
        return Err(Refusal::CodeMissing);
    }
    let code = parameters.iter().find(|(name, _)| name == "code").map(|(_, code)| code.len());
    if defects.has(Defect::DemandsUsualCodes) && code.is_some_and(|length| length != USUAL_LENGTH) {
        return Err(Refusal::CodeMissing);
    }
    Ok(())
}

/// The token response as it arrives.
pub(crate) fn token_response(
    defects: &Defects,
    answer: &Answer,
    members: &Map<String, Value>,
) -> Result<(), &'static str> {
    reads(defects, answer)?;
    let access_token = members.get("access_token").and_then(Value::as_str).unwrap_or_default();
    let claims = payload(access_token);
    let id_token = payload(members.get("id_token").and_then(Value::as_str).unwrap_or_default());
    let values = || members.values().chain(id_token.iter().flat_map(Map::values));
    let is_large = |value: &Value| value.as_f64().is_some_and(|number| number > f64::from(i32::MAX));
    let first = members.keys().next().map(String::as_str);
    let usual = match &claims {
        Some(claims) => length(claims.get("jti")) == Some(22),
        None => access_token.len() == USUAL_LENGTH,
    };
    let lifetime = members.get("expires_in").and_then(Value::as_i64);
    let refresh_token = length(members.get("refresh_token"));
    let demands = [
        (Defect::DemandsAccessTokenFirst, first == Some("access_token"), "the access token does not come first"),
        (Defect::DemandsLifetimeOfADay, lifetime == Some(86_400), "the access token does not live for a day"),
        (Defect::DemandsUsualAccessTokens, usual, "the access token is of an unusual length"),
        (
            Defect::DemandsUsualRefreshTokens,
            refresh_token.is_none_or(|length| length == USUAL_LENGTH),
            "the refresh token is of an unusual length",
        ),
        (Defect::FallsOverLargeNumbers, !values().any(is_large), "a number does not fit"),
        (Defect::FallsOverNestedValues, !values().any(|it| it.is_object() || it.is_array()), "a value is nested"),
        (Defect::FallsOverNull, !values().any(Value::is_null), "a value is null"),
        (
            Defect::RefusesUnknownTextsOfIdTokens,
            id_token.as_ref().is_none_or(|claims| !has_unknown_text(claims)),
            "the ID token has an unknown claim",
        ),
        (
            Defect::RefusesUnknownAccessTokenClaims,
            claims.is_none_or(|claims| !has_unknown_text(&claims)),
            "the access token has an unknown claim",
        ),
    ];
    match demands.iter().find(|(defect, holds, _)| !*holds && defects.has(*defect)) {
        Some((_, _, what)) => Err(what),
        None => Ok(()),
    }
}

/// The header of an ID token.
pub(crate) fn header(defects: &Defects, header: &Map<String, Value>) -> Result<(), Refusal> {
    match header.contains_key("typ") || !defects.has(Defect::DemandsTyp) {
        true => Ok(()),
        false => Err(Refusal::IdTokenMalformed),
    }
}

/// The UserInfo response as it arrives.
pub(crate) fn userinfo(defects: &Defects, answer: &Answer) -> Result<(), Refusal> {
    let claims: Map<String, Value> = serde_json::from_str(&answer.body).unwrap_or_default();
    let demands = [
        (Defect::ComparesMediaTypeOfUserinfoExactly, is_plain_json(answer)),
        (Defect::FallsOverNullOfUserinfo, !claims.values().any(Value::is_null)),
        (Defect::RefusesUnknownTextsOfUserinfo, !has_unknown_text(&claims)),
    ];
    match demands.iter().all(|(defect, holds)| *holds || !defects.has(*defect)) {
        true => Ok(()),
        false => Err(Refusal::Unhandled),
    }
}

/// How many characters a text has.
fn length(text: Option<&Value>) -> Option<usize> {
    text.and_then(Value::as_str).map(str::len)
}

/// The claims of a JWT, which nobody has verified.
fn payload(token: &str) -> Option<Map<String, Value>> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
