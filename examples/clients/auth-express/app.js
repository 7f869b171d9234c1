// An Express app on Auth.js (@auth/express): log in, call the API, log out.
//
// Provider and callbacks are those of the library's guides, and the library is left at its defaults otherwise.

import { randomBytes } from 'node:crypto';

import { Auth, createActionURL, skipCSRFCheck } from '@auth/core';
import { ExpressAuth, getSession } from '@auth/express';
import express from 'express';

const { API_URL, AUDIENCE, BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, PORT } = process.env;
const { TOKEN_ENDPOINT_AUTH_METHOD } = process.env; // optional: the library has a default

const config = {
  basePath: '/auth',
  secret: randomBytes(32).toString('hex'),
  trustHost: true,
  providers: [
    {
      id: 'idp',
      name: 'IdP',
      type: 'oidc',
      issuer: ISSUER,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      ...(TOKEN_ENDPOINT_AUTH_METHOD && { client: { token_endpoint_auth_method: TOKEN_ENDPOINT_AUTH_METHOD } }),
      ...(AUDIENCE && { authorization: { params: { audience: AUDIENCE } } }),
    },
  ],
  callbacks: {
    // As in the guides: what the app needs later goes into the session's token at the login, and from there to the app.
    jwt({ token, account, profile }) {
      return account ? { ...token, claims: profile, accessToken: account.access_token } : token;
    },
    session({ session, token }) {
      return { ...session, claims: token.claims, accessToken: token.accessToken };
    },
  },
};

const app = express();
app.use('/auth', ExpressAuth(config));

app.get('/', async (req, res) => {
  const session = await getSession(req, config);
  res.send(session ? '<a href="/logout">Log out</a>' : '<a href="/login">Log in</a>');
});

// The library begins and ends sessions by POST alone, from a form with a token against CSRF. These links do what the
// form would.
app.get('/login', (req, res) => act('signin', 'idp', req, res));
app.get('/logout', (req, res) => act('signout', undefined, req, res));

app.get('/me', async (req, res) => {
  const session = await getSession(req, config);
  if (!session) {
    return res.status(401).json({ error: 'not logged in' });
  }
  res.json(session.claims);
});

app.get('/call-api', async (req, res) => {
  const session = await getSession(req, config);
  if (!session) {
    return res.status(401).json({ error: 'not logged in' });
  }
  const answer = await fetch(API_URL, { headers: { authorization: `Bearer ${session.accessToken}` } });
  res.status(answer.status).json({ status: answer.status, body: await answer.text() });
});

async function act(action, provider, req, res) {
  const url = createActionURL(action, 'http', new Headers({ host: new URL(BASE_URL).host }), process.env, config);
  const request = new Request(provider ? `${url}/${provider}` : url, {
    method: 'POST',
    headers: { cookie: req.headers.cookie ?? '' },
    body: new URLSearchParams({ callbackUrl: '/' }),
  });
  const answer = await Auth(request, { ...config, skipCSRFCheck });
  answer.headers.getSetCookie().forEach((cookie) => res.append('set-cookie', cookie));
  res.redirect(answer.headers.get('location'));
}

app.listen(Number(PORT), '127.0.0.1');
