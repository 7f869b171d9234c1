// An Express app on passport-oauth2: the strategy of the README, at a provider that also sends an ID token.
//
// Who the user is stands in the ID token, which comes from the token endpoint directly. A login that
// fails is answered with 400.

const { randomBytes } = require('node:crypto');

const express = require('express');
const session = require('express-session');
const passport = require('passport');
const OAuth2Strategy = require('passport-oauth2');

const { BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, PORT } = process.env;

passport.use(
  'idp',
  new OAuth2Strategy(
    {
      authorizationURL: new URL('authorize', ISSUER).href,
      tokenURL: new URL('oauth/token', ISSUER).href,
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      callbackURL: `${BASE_URL}/callback`,
      scope: ['openid', 'profile'],
      state: true,
    },
    (accessToken, refreshToken, params, profile, done) => {
      const [, claims] = params.id_token.split('.');
      done(null, { sub: JSON.parse(Buffer.from(claims, 'base64url')).sub, accessToken });
    },
  ),
);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

const app = express();
app.use(session({ secret: randomBytes(32).toString('hex'), resave: false, saveUninitialized: false }));
app.use(passport.authenticate('session'));

app.get('/', (req, res) => res.send(req.user ? 'Logged in.' : '<a href="/login">Log in</a>'));
app.get('/login', passport.authenticate('idp'));
app.get('/callback', passport.authenticate('idp'), (req, res) => res.redirect('/'));
app.get('/me', (req, res) => {
  if (!req.user) {
    return res.status(401).json({ error: 'not logged in' });
  }
  res.json({ sub: req.user.sub });
});

// The app's own page for a login that has failed.
app.use((error, req, res, next) => res.status(400).json({ error: 'refused' }));

app.listen(Number(PORT), '127.0.0.1');
