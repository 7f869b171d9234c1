// An Express app on passport-openidconnect that keeps accounts in a database: log in, call the API, log out.
//
// Strategy and routes are those of the library's README, and its options are left at their defaults. Errors go to
// Express's own handler, so a refusal is answered with whatever status the library chose.

const { randomBytes } = require('node:crypto');

const express = require('express');
const session = require('express-session');
const passport = require('passport');
const OpenIDConnectStrategy = require('passport-openidconnect');
const initSqlJs = require('sql.js');

const { API_URL, AUDIENCE, BASE_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, PORT } = process.env;
const { AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, USERINFO_ENDPOINT } = process.env;

// The place that the library keeps for parameters that only some providers know.
class Strategy extends OpenIDConnectStrategy {
  authorizationParams() {
    return AUDIENCE ? { audience: AUDIENCE } : {};
  }
}

// Who has ever logged in, as in the manual of Passport: an account is found by issuer and subject, and made where there is
// none. It lives as long as the process.
let database;

function row(statement, values) {
  const prepared = database.prepare(statement, values);
  try {
    return prepared.step() ? prepared.getAsObject() : undefined;
  } finally {
    prepared.free();
  }
}

function accountOf(issuer, profile) {
  const credential = [issuer, profile.id];
  const known = row('SELECT user_id FROM federated_credentials WHERE provider = ? AND subject = ?', credential);
  const text = JSON.stringify(profile);
  if (known) {
    database.run('UPDATE users SET profile = ? WHERE id = ?', [text, known.user_id]);
    return known.user_id;
  }
  const { id } = row('INSERT INTO users (profile) VALUES (?) RETURNING id', [text]);
  database.run('INSERT INTO federated_credentials (provider, subject, user_id) VALUES (?, ?, ?)', [...credential, id]);
  return id;
}

passport.use(
  new Strategy(
    {
      issuer: ISSUER,
      authorizationURL: AUTHORIZATION_ENDPOINT, // the library asks for the endpoints one by one
      tokenURL: TOKEN_ENDPOINT,
      userInfoURL: USERINFO_ENDPOINT,
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      callbackURL: `${BASE_URL}/callback`,
      scope: ['profile'], // it adds openid itself
    },
    (issuer, profile, context, idToken, accessToken, refreshToken, params, done) => {
      try {
        done(null, { id: accountOf(issuer, profile), accessToken });
      } catch (error) {
        done(error);
      }
    },
  ),
);

passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => {
  const account = row('SELECT profile FROM users WHERE id = ?', [user.id]);
  done(null, account && { ...user, profile: JSON.parse(account.profile) });
});

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

initSqlJs().then(({ Database }) => {
  database = new Database();
  database.run('CREATE TABLE users (id INTEGER PRIMARY KEY, profile TEXT NOT NULL)');
  database.run(`CREATE TABLE federated_credentials (
    provider TEXT NOT NULL, subject TEXT NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (provider, subject))`);
  app.listen(Number(PORT), '127.0.0.1');
});
