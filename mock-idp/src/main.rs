//! `mock-idp`: the mock identity provider as a program.

use clap::Parser;
use mock_idp::ServeArguments;

/// A mock OAuth 2.0 / OpenID Connect provider and protected API for tests of clients.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    serve: ServeArguments,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Ok(mock_idp::serve(Arguments::parse().serve.try_into()?).await?)
}
