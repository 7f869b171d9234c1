//! A stdio shim for the crate `openidconnect`: the harness asks on standard input, the library does the work.
//!
//! The application around the library is the one of `examples/clients/openidconnect-rs`; here it learns the protocol.

use std::io::{BufRead as _, Write as _};

use openidconnect::{AuthType, reqwest};
use openidconnect_rs::client::{Client, Config, Error};
use serde::Deserialize;
use serde_json::{Value, json};

/// One line from the harness. Members that are not here are ignored.
#[derive(Deserialize)]
struct Request {
    id: u64,
    #[serde(flatten)]
    operation: Operation,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Operation {
    Hello {
        protocol: u32,
    },
    Configure {
        issuer: String,
        client_id: String,
        client_secret: Option<String>,
        token_endpoint_auth_method: String,
        redirect_uri: String,
        scope: String,
        audience: Option<String>,
        api_url: String,
    },
    Begin {
        ua: String,
    },
    Callback {
        ua: String,
        url: String,
    },
    Inspect {
        ua: String,
    },
    Call {
        ua: String,
    },
    Refresh {
        ua: String,
    },
    Logout {
        ua: String,
    },
    Reset,
    Stop,
    #[serde(other)]
    Unknown,
}

/// What came of an operation that did not go through.
enum No {
    Refused(Error),
    Unsupported(&'static str),
    FailedToRun(&'static str),
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

struct Shim {
    http: reqwest::Client,
    client: Option<Client>,
}

impl Shim {
    async fn perform(&mut self, operation: Operation) -> Result<Value, No> {
        match operation {
            Operation::Hello { protocol: 1 } => {
                return Ok(json!({
                    "protocol": 1,
                    "name": "openidconnect 4.1.0",
                    "capabilities": ["api-call", "forced-refresh", "logout", "shows-claims"],
                    "checks": {
                        "state": "application", "metadata": "library", "pkce": "library", "nonce": "library",
                        "signature": "library", "claims": "library",
                    },
                }));
            }
            Operation::Hello { .. } => return Err(No::Unsupported("another version of the protocol")),
            Operation::Reset => self.client = None,
            Operation::Stop => {}
            Operation::Unknown => return Err(No::Unsupported("an operation that this shim does not know")),
            operation @ Operation::Configure { .. } => {
                let config = config(operation)?;
                self.client = Some(Client::discover(config, self.http.clone()).await?);
            }
            operation => {
                let client = self.client.as_ref().ok_or(No::FailedToRun("the client has not been configured"))?;
                return of_client(client, operation).await;
            }
        }
        Ok(json!({}))
    }
}

async fn of_client(client: &Client, operation: Operation) -> Result<Value, No> {
    match operation {
        Operation::Begin { ua } => return Ok(json!({ "url": client.begin(number(&ua)?) })),
        Operation::Callback { ua, url } => {
            let url = url::Url::parse(&url).map_err(|_| No::FailedToRun("the callback's URL is none"))?;
            let response: Vec<_> = url.query_pairs().into_owned().collect();
            client.callback(number(&ua)?, &response).await?;
        }
        Operation::Inspect { ua } => {
            let session = client.user(number(&ua)?).map(|user| {
                let claims: Value = serde_json::from_str(&user.page).unwrap_or_else(|_| json!({ "page": user.page }));
                json!({ "subject": user.subject, "claims": claims })
            });
            return Ok(json!({ "session": session }));
        }
        Operation::Call { ua } => {
            let answer = client.call_api(number(&ua)?).await?;
            return Ok(json!({ "status": answer.status, "body": answer.body }));
        }
        Operation::Refresh { ua } => client.refresh(number(&ua)?).await?,
        Operation::Logout { ua } => client.log_out(number(&ua)?),
        _ => return Err(No::FailedToRun("this is no operation of a configured client")),
    }
    Ok(json!({}))
}

/// The application numbers its browsers: `ua-17` is the seventeenth.
fn number(ua: &str) -> Result<u64, No> {
    ua.rsplit('-').next().and_then(|number| number.parse().ok()).ok_or(No::FailedToRun("the user agent has no number"))
}

fn config(operation: Operation) -> Result<Config, No> {
    let Operation::Configure {
        issuer,
        client_id,
        client_secret,
        token_endpoint_auth_method,
        redirect_uri,
        scope,
        audience,
        api_url,
    } = operation
    else {
        return Err(No::FailedToRun("this is no configuration"));
    };
    let auth_type = match token_endpoint_auth_method.as_str() {
        "client_secret_basic" => AuthType::BasicAuth,
        "client_secret_post" | "none" => AuthType::RequestBody,
        _ => return Err(No::Unsupported("this way to authenticate")),
    };
    if !scope.split(' ').any(|scope| scope == "openid") {
        return Err(No::Unsupported("a scope without openid, which the crate adds"));
    }
    let scopes = scope.split(' ').filter(|scope| *scope != "openid").map(str::to_owned).collect();
    Ok(Config { issuer, client_id, client_secret, auth_type, redirect_uri, scopes, audience, api_url })
}

/// Whose error it is: the crate does not see the state, nor what arrives without a code.
fn owner(error: &Error) -> &'static str {
    match error {
        Error::NoCode | Error::NoPendingLogin | Error::NotLoggedIn | Error::Provider | Error::State => "application",
        _ => "library",
    }
}

fn reply(id: u64, result: Result<Value, No>) -> Value {
    match result {
        Ok(ok) => json!({ "id": id, "ok": ok }),
        Err(No::Refused(error)) => {
            let first: &dyn std::error::Error = &error;
            let chain = std::iter::successors(Some(first), |error| error.source()).map(ToString::to_string);
            let detail = chain.collect::<Vec<_>>().join(": ");
            json!({ "id": id, "refused": { "by": owner(&error), "detail": detail } })
        }
        Err(No::Unsupported(detail)) => json!({ "id": id, "unsupported": { "detail": detail } }),
        Err(No::FailedToRun(detail)) => json!({ "id": id, "failed_to_run": { "detail": detail } }),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut shim = Shim { http: Client::http(Vec::new())?, client: None };
    for line in std::io::stdin().lock().lines() {
        let Request { id, operation } = serde_json::from_str(&line?)?;
        let stop = matches!(operation, Operation::Stop);
        let reply = reply(id, shim.perform(operation).await);
        // Standard output is written line by line.
        writeln!(std::io::stdout(), "{reply}")?;
        if stop {
            break;
        }
    }
    Ok(())
}
