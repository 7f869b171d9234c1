// An Express app on openid-client: log in at one of two providers, call the API, refresh, log out.
//
// The calls are those of the library's own OpenID Connect example, with its options left at their defaults. What the
// library leaves to the application (sessions, pages, when to refresh, what an error looks like) is here, and plain.

import { randomBytes } from 'node:crypto';

import express from 'express';
import session from 'express-session';
import * as client from 'openid-client';

const { AUDIENCE, BASE_URL, PORT } = process.env;
const SCOPE = process.env.SCOPE ?? 'openid profile offline_access';
const AUTH_METHODS = { client_secret_basic: client.ClientSecretBasic, client_secret_post: client.ClientSecretPost };
const REDIRECT_URI = `${BASE_URL}/callback`;

const providers = {
  first: {
    issuer: process.env.ISSUER,
    clientId: process.env.CLIENT_ID,
    clientSecret: process.env.CLIENT_SECRET,
    apiUrl: process.env.API_URL,
  },
  second: {
    issuer: process.env.SECOND_ISSUER,
    clientId: process.env.SECOND_CLIENT_ID,
    clientSecret: process.env.SECOND_CLIENT_SECRET,
    apiUrl: process.env.SECOND_API_URL,
  },
};

// Discovers on first use; the library takes one Configuration for the life of the process.
async function configurationOf({ issuer, clientId, clientSecret }) {
  const server = new URL(issuer);
  const authenticate = AUTH_METHODS[process.env.TOKEN_ENDPOINT_AUTH_METHOD]?.(clientSecret);
  // Plain http is refused unless asked for.
  const options = server.protocol === 'http:' ? { execute: [client.allowInsecureRequests] } : undefined;
  return client.discovery(server, clientId, clientSecret, authenticate, options);
}

async function configured(name) {
  const provider = providers[name];
  provider.configuration ??= await configurationOf(provider);
  return provider.configuration;
}

const app = express();
app.use(session({ secret: randomBytes(32).toString('hex'), resave: false, saveUninitialized: false }));

app.get('/', (req, res) => {
  res.send(req.session.user ? 'Logged in. <a href="/logout">Log out</a>' : '<a href="/login">Log in</a>');
});

app.get('/login', async (req, res) => {
  const provider = req.query.provider === 'second' ? 'second' : 'first';
  const config = await configured(provider);
  const codeVerifier = client.randomPKCECodeVerifier();
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...(AUDIENCE && { audience: AUDIENCE }),
  };
  // As in the example: PKCE stands alone where the provider says that it knows it.
  let nonce;
  if (!config.serverMetadata().supportsPKCE()) {
    nonce = client.randomNonce();
    parameters.nonce = nonce;
  }
  req.session.pending = { provider, codeVerifier, nonce };
  res.redirect(client.buildAuthorizationUrl(config, parameters).href);
});

app.get('/callback', async (req, res, next) => {
  const { pending } = req.session;
  if (!pending) {
    return res.status(400).send('No login in progress. <a href="/login">Log in</a>');
  }
  delete req.session.pending;

  const config = await configured(pending.provider);
  const idTokenExpected = SCOPE.split(' ').includes('openid');
  const tokens = await client.authorizationCodeGrant(config, new URL(req.originalUrl, BASE_URL), {
    pkceCodeVerifier: pending.codeVerifier,
    expectedNonce: pending.nonce,
    idTokenExpected,
  });
  const claims = tokens.claims();
  const userInfo = idTokenExpected ? await client.fetchUserInfo(config, tokens.access_token, claims.sub) : undefined;

  // As express-session shows for a login: a new session, so that nobody else can know its identifier.
  req.session.regenerate((error) => {
    if (error) return next(error);
    req.session.user = claims && { ...claims, ...userInfo };
    req.session.provider = pending.provider;
    keep(req.session, tokens);
    res.redirect('/');
  });
});

app.get('/me', (req, res) => {
  if (!req.session.user) {
    return res.status(401).json({ error: 'not logged in' });
  }
  res.json(req.session.user);
});

app.get('/call-api', async (req, res) => {
  if (!req.session.tokens) {
    return res.status(401).json({ error: 'not logged in' });
  }
  if (req.session.tokens.expiresAt <= Date.now()) {
    await refresh(req.session);
  }
  const { provider, tokens } = req.session;
  const config = await configured(provider);
  const url = new URL(providers[provider].apiUrl);
  const answer = await client.fetchProtectedResource(config, tokens.accessToken, url, 'GET');
  res.status(answer.status).json({ status: answer.status, body: await answer.text() });
});

app.get('/refresh', async (req, res) => {
  if (!req.session.tokens) {
    return res.status(401).json({ error: 'not logged in' });
  }
  await refresh(req.session);
  res.json({ refreshed: true });
});

app.get('/logout', (req, res) => {
  req.session.destroy(() => res.redirect('/'));
});

// What the library is documented to throw is a refusal. Anything else is a fall, and stays one.
const REFUSALS = [
  client.AuthorizationResponseError,
  client.ClientError,
  client.ResponseBodyError,
  client.WWWAuthenticateChallengeError,
];
app.use((error, req, res, next) => {
  if (!REFUSALS.some((kind) => error instanceof kind)) {
    return next(error);
  }
  res.status(400).json({ error: 'refused', code: error.code });
});

async function refresh(session) {
  const config = await configured(session.provider);
  keep(session, await client.refreshTokenGrant(config, session.tokens.refreshToken));
}

function keep(session, tokens) {
  const lifetime = tokens.expiresIn();
  session.tokens = {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? session.tokens?.refreshToken,
    expiresAt: lifetime === undefined ? undefined : Date.now() + lifetime * 1000,
  };
}

app.listen(Number(PORT), '127.0.0.1');
