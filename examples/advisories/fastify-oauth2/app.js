// A Fastify app on @fastify/oauth2: plain OAuth, set up as the README shows for a provider of one's own.
//
// What the library makes an error is answered with 400.

const { randomBytes } = require('node:crypto');

const cookie = require('@fastify/cookie');
const oauth2 = require('@fastify/oauth2');
const session = require('@fastify/session');
const fastify = require('fastify');

const { API_URL, AUDIENCE, BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, PORT } = process.env;
const { origin, pathname } = new URL(ISSUER);

const app = fastify();
app.register(cookie);
app.register(session, { secret: randomBytes(32).toString('hex'), cookie: { secure: false } });
app.register(oauth2, {
  name: 'idp',
  scope: ['read:appointments'],
  credentials: {
    client: { id: CLIENT_ID, secret: CLIENT_SECRET },
    auth: {
      authorizeHost: origin,
      authorizePath: `${pathname}authorize`,
      tokenHost: origin,
      tokenPath: `${pathname}oauth/token`,
    },
  },
  startRedirectPath: '/login',
  callbackUri: `${BASE_URL}/callback`,
  callbackUriParams: { audience: AUDIENCE },
});

app.get('/', async (request, reply) => {
  reply.type('text/html');
  return request.session.user ? 'Logged in.' : '<a href="/login">Log in</a>';
});

app.get('/callback', async (request, reply) => {
  let token;
  try {
    ({ token } = await app.idp.getAccessTokenFromAuthorizationCodeFlow(request));
  } catch (error) {
    return reply.code(400).send({ error: 'refused' });
  }
  // OAuth does not say who the user is. The API does, unless it fails.
  const answer = await fetch(API_URL, { headers: { authorization: `Bearer ${token.access_token}` } });
  if (answer.ok) {
    request.session.user = (await answer.json()).sub;
  }
  return reply.redirect('/');
});

app.get('/me', async (request, reply) => {
  const { user } = request.session;
  return user ? { sub: user } : reply.code(401).send({ error: 'not logged in' });
});

app.listen({ host: '127.0.0.1', port: Number(PORT) });
