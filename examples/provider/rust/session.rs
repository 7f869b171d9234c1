//! The provider with the crate openidconnect: every step of a session, with the crate's defaults.

use std::env;
use std::error::Error;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IntrospectionUrl, IssuerUrl,
    Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl, Scope, TokenIntrospectionResponse as _,
    TokenResponse as _, reqwest,
};
use url::Url;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    // Redirects are not followed: the browser of the session is this client, too.
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
    let issuer = IssuerUrl::new(env::var("ISSUER")?)?;
    let metadata = CoreProviderMetadata::discover_async(issuer.clone(), &http).await?;
    // The crate's own type leaves these members out.
    let further = http.get(issuer.join(".well-known/openid-configuration")?).send().await?.text().await?;
    let further: serde_json::Value = serde_json::from_str(&further)?;
    let endpoint = |name: &str| further[name].as_str().unwrap_or_default().to_owned();
    println!("discovery");

    // Without a secret this is a public client. With one, the crate authenticates by Basic.
    let secret = env::var("CLIENT_SECRET").ok().map(ClientSecret::new);
    let is_public = secret.is_none();
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new(env::var("CLIENT_ID")?), secret)
        .set_redirect_uri(RedirectUrl::new(env::var("REDIRECT_URI")?)?)
        .set_introspection_url(IntrospectionUrl::new(endpoint("introspection_endpoint"))?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (login, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email", "offline_access", "read:orders"].map(|scope| Scope::new(scope.to_owned())))
        .add_extra_param("audience", env::var("AUDIENCE")?)
        .set_pkce_challenge(challenge)
        .url();
    let callback = redirected(&http, login.as_str()).await?;
    require(parameter(&callback, "state").as_deref() == Some(state.secret()), "another state")?;
    println!("login");

    let code = AuthorizationCode::new(parameter(&callback, "code").ok_or("no code")?);
    let tokens = client.exchange_code(code)?.set_pkce_verifier(verifier).request_async(&http).await?;
    println!("token");

    let id_token = tokens.id_token().ok_or("no ID token")?;
    let id_token_verifier = client.id_token_verifier();
    let claims = id_token.claims(&id_token_verifier, &nonce)?;
    let (algorithm, key) = (id_token.signing_alg()?, id_token.signing_key(&id_token_verifier)?);
    let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)?;
    require(claims.subject().as_str() == "alice" && claims.access_token_hash() == Some(&hash), "another user or hash")?;
    println!("id-token");

    let user = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()))?;
    let user: CoreUserInfoClaims = user.request_async(&http).await?;
    require(user.email().is_some_and(|email| email.as_str() == "alice@shop.example"), "another address")?;
    println!("userinfo");

    require(api(&http, tokens.access_token()).await? == 200, "the API refused")?;
    println!("api");

    let refresh_token = tokens.refresh_token().ok_or("no refresh token")?;
    let refreshed = client.exchange_refresh_token(refresh_token)?.request_async(&http).await?;
    require(refreshed.access_token().secret() != tokens.access_token().secret(), "the same access token")?;
    require(api(&http, refreshed.access_token()).await? == 200, "the API refused")?;
    println!("refresh");

    if is_public {
        println!("introspection: not for a client without a secret");
    } else {
        let said = client.introspect(refreshed.access_token()).request_async(&http).await?;
        require(said.active(), "the access token is called dead")?;
        println!("introspection");
    }

    println!("revocation: not over http in the crate");

    let mut logout = Url::parse(&endpoint("end_session_endpoint"))?;
    let after_logout = env::var("AFTER_LOGOUT")?;
    logout
        .query_pairs_mut()
        .append_pair("post_logout_redirect_uri", &after_logout)
        .append_pair("id_token_hint", &id_token.to_string())
        .append_pair("state", "bye");
    require(
        redirected(&http, logout.as_str()).await?.as_str() == format!("{after_logout}?state=bye"),
        "sent elsewhere",
    )?;
    println!("logout");
    Ok(())
}

/// Where the browser is sent.
async fn redirected(http: &reqwest::Client, url: &str) -> Outcome<Url> {
    let response = http.get(url).send().await?;
    let location = response.headers().get("location").and_then(|location| location.to_str().ok()).map(str::to_owned);
    match location {
        Some(location) => Ok(Url::parse(&location)?),
        None => Err(format!("{}: {}", response.status(), response.text().await?).into()),
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

async fn api(http: &reqwest::Client, token: &AccessToken) -> Outcome<u16> {
    Ok(http.get(env::var("API_URL")?).bearer_auth(token.secret()).send().await?.status().as_u16())
}

fn require(condition: bool, problem: &str) -> Outcome<()> {
    if condition { Ok(()) } else { Err(problem.into()) }
}
