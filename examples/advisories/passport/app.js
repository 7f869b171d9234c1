// An Express app on Passport: sessions as its README shows them, and passport-openidconnect to log in at a provider.
//
// A login that fails is answered with 400.

const { randomBytes } = require('node:crypto');

const express = require('express');
const session = require('express-session');
const passport = require('passport');
const OpenIDConnectStrategy = require('passport-openidconnect');

const { BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, PORT } = process.env;

passport.use(
  'idp',
  new OpenIDConnectStrategy(
    {
      issuer: ISSUER,
      authorizationURL: new URL('authorize', ISSUER).href,
      tokenURL: new URL('oauth/token', ISSUER).href,
      userInfoURL: new URL('userinfo', ISSUER).href,
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      callbackURL: `${BASE_URL}/callback`,
      scope: ['profile'], // it adds openid itself
    },
    (issuer, profile, done) => done(null, { issuer, sub: profile.id }),
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
