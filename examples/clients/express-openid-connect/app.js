// A regular web app on express-openid-connect: log in, call the API, refresh, log out.
//
// The library is set up as its documentation shows for the code flow with refresh tokens, and left at its defaults
// otherwise. Errors go to Express's own handler, so a refusal is answered with whatever status the library chose.

const { randomBytes } = require('node:crypto');

const express = require('express');
const { auth, requiresAuth } = require('express-openid-connect');

const { API_URL, AUDIENCE, BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, PORT } = process.env;
const { TOKEN_ENDPOINT_AUTH_METHOD } = process.env; // optional: the library has a default

const app = express();

// Adds /login, /callback and /logout.
app.use(
  auth({
    authRequired: false,
    idpLogout: true,
    issuerBaseURL: ISSUER,
    baseURL: BASE_URL,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    clientAuthMethod: TOKEN_ENDPOINT_AUTH_METHOD,
    secret: randomBytes(32).toString('hex'),
    authorizationParams: {
      response_type: 'code',
      scope: 'openid profile offline_access',
      ...(AUDIENCE && { audience: AUDIENCE }),
    },
  }),
);

app.get('/', (req, res) => {
  res.send(req.oidc.isAuthenticated() ? 'Logged in. <a href="/logout">Log out</a>' : '<a href="/login">Log in</a>');
});

app.get('/me', (req, res) => {
  if (!req.oidc.isAuthenticated()) {
    return res.status(401).json({ error: 'not logged in' });
  }
  res.json(req.oidc.user);
});

app.get('/call-api', requiresAuth(), async (req, res) => {
  let { token_type, access_token, isExpired, refresh } = req.oidc.accessToken;
  if (isExpired()) {
    ({ access_token } = await refresh());
  }
  const answer = await fetch(API_URL, { headers: { authorization: `${token_type} ${access_token}` } });
  res.status(answer.status).json({ status: answer.status, body: await answer.text() });
});

app.get('/refresh', requiresAuth(), async (req, res) => {
  const { expires_in } = await req.oidc.accessToken.refresh();
  res.json({ refreshed: true, expires_in });
});

app.listen(Number(PORT), '127.0.0.1');
