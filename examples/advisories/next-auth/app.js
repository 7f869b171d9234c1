// An Express app on NextAuth.js: its handler behind the routes of an API, as in a Next.js app, and sessions in a cookie,
// which is the default.

const { createHash, randomBytes } = require('node:crypto');

const cookie = require('cookie');
const express = require('express');
const { default: NextAuth, getServerSession } = require('next-auth/next');

const { BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, PORT } = process.env;
process.env.NEXTAUTH_URL = BASE_URL;

const secret = randomBytes(32).toString('hex');
const options = {
  secret,
  providers: [
    {
      id: 'idp',
      name: 'IdP',
      type: 'oauth',
      wellKnown: `${ISSUER.replace(/\/$/, '')}/.well-known/openid-configuration`,
      issuer: ISSUER,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      idToken: true,
      checks: ['pkce', 'state', 'nonce'],
      authorization: { params: { scope: 'openid profile' } },
      profile: (claims) => ({ id: claims.sub, name: claims.name }),
    },
  ],
  callbacks: {
    session: ({ session, token }) => ({ ...session, sub: token.sub }),
  },
};

const app = express();
app.use((req, res, next) => {
  req.cookies = cookie.parse(req.headers.cookie ?? '');
  next();
});

// The routes of Next.js: what comes after /api/auth is a part of the query there.
const handle = (req, res, nextauth) => {
  Object.defineProperty(req, 'query', { value: { ...req.query, nextauth } });
  return NextAuth(req, res, options);
};
app.get('/api/auth/*path', (req, res) => handle(req, res, req.params.path));

// The library begins a login by POST alone, from a form with a token against CSRF. This link does what the form would.
app.get('/login', (req, res) => {
  const csrfToken = randomBytes(32).toString('hex');
  const hash = createHash('sha256').update(`${csrfToken}${secret}`).digest('hex');
  req.method = 'POST';
  req.cookies['next-auth.csrf-token'] = `${csrfToken}|${hash}`;
  req.body = { csrfToken, callbackUrl: BASE_URL };
  return handle(req, res, ['signin', 'idp']);
});

app.get('/', (req, res) => res.send('<a href="/login">Log in</a>'));
app.get('/me', async (req, res) => {
  const session = await getServerSession(req, res, options);
  if (!session) {
    return res.status(401).json({ error: 'not logged in' });
  }
  res.json(session);
});

app.listen(Number(PORT), '127.0.0.1');
