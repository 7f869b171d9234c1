// An Express app on passport-openidconnect: log in, call the API, log out.
//
// Strategy and routes are those of the library's README, and its options are left at their defaults. Errors go to
// Express's own handler, so a refusal is answered with whatever status the library chose.

const { randomBytes } = require('node:crypto');

const express = require('express');
const session = require('express-session');
const passport = require('passport');
const OpenIDConnectStrategy = require('passport-openidconnect');

const { API_URL, AUDIENCE, BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, PORT } = process.env;

// The place that the library keeps for parameters that only some providers know.
class Strategy extends OpenIDConnectStrategy {
  authorizationParams() {
    return AUDIENCE ? { audience: AUDIENCE } : {};
  }
}

// The library asks for the endpoints one by one; these are the ones of the provider's manual.
const endpoint = (path) => `${ISSUER.replace(/\/$/, '')}/${path}`;

passport.use(
  new Strategy(
    {
      issuer: ISSUER,
      authorizationURL: endpoint('authorize'),
      tokenURL: endpoint('oauth/token'),
      userInfoURL: endpoint('userinfo'),
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      callbackURL: `${BASE_URL}/callback`,
      scope: ['profile'], // it adds openid itself
    },
    (issuer, profile, context, idToken, accessToken, refreshToken, params, done) => {
      done(null, { issuer, profile, accessToken });
    },
  ),
);

passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

const app = express();
app.use(session({ secret: randomBytes(32).toString('hex'), resave: false, saveUninitialized: false }));
app.use(passport.authenticate('session'));

app.get('/', (req, res) => {
  res.send(req.user ? 'Logged in. <a href="/logout">Log out</a>' : '<a href="/login">Log in</a>');
});

app.get('/login', passport.authenticate('openidconnect'));

app.get(
  '/callback',
  passport.authenticate('openidconnect', { failureRedirect: '/login', failureMessage: true }),
  (req, res) => res.redirect('/'),
);

app.get('/me', (req, res) => {
  if (!req.user) {
    return res.status(401).json({ error: 'not logged in' });
  }
  res.json(req.user.profile);
});

app.get('/call-api', async (req, res) => {
  if (!req.user) {
    return res.status(401).json({ error: 'not logged in' });
  }
  const answer = await fetch(API_URL, { headers: { authorization: `Bearer ${req.user.accessToken}` } });
  res.status(answer.status).json({ status: answer.status, body: await answer.text() });
});

app.get('/logout', (req, res, next) => {
  req.logout((error) => (error ? next(error) : res.redirect('/')));
});

app.listen(Number(PORT), '127.0.0.1');
