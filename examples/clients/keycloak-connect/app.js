// An Express app on keycloak-connect: log in, call the API, refresh, log out.
//
// The library is set up as its documentation shows, with a session store. What it leaves to the application (pages, when a
// login is wanted, what an API call looks like) is here, and plain.

const { randomBytes } = require('node:crypto')

const express = require('express')
const session = require('express-session')
const Keycloak = require('keycloak-connect')

const { API_URL, CLIENT_ID, CLIENT_SECRET, ISSUER, PORT } = process.env
// The library makes all its URLs of these two.
const [authServerUrl, realm] = ISSUER.split('/realms/')

const store = new session.MemoryStore()
const keycloak = new Keycloak(
  { store, scope: 'profile offline_access' },
  { 'auth-server-url': authServerUrl, realm, resource: CLIENT_ID, credentials: { secret: CLIENT_SECRET } }
)

const app = express()
app.use(session({ secret: randomBytes(32).toString('hex'), resave: false, saveUninitialized: true, store }))
app.use(keycloak.middleware({ logout: '/logout' }))

app.get('/', (req, res) => {
  res.send(req.kauth.grant ? 'Logged in. <a href="/logout">Log out</a>' : '<a href="/login">Log in</a>')
})

// A login is wanted, whether somebody is logged in already or not.
app.get('/login', (req, res) => {
  req.session.wantsLogin = true
  res.redirect('/account')
})

const forgetGrantIfLoginIsWanted = (req, res, next) => {
  if (req.session.wantsLogin) {
    delete req.session.wantsLogin
    delete req.kauth.grant
  }
  next()
}

// The library's own: a protected page starts the login, and takes the authorization response.
app.get('/account', forgetGrantIfLoginIsWanted, keycloak.protect(), (req, res) => {
  res.send('Your account. <a href="/logout">Log out</a>')
})

app.get('/me', (req, res) => {
  if (!req.kauth.grant) {
    return res.status(401).json({ error: 'not logged in' })
  }
  res.json((req.kauth.grant.id_token ?? req.kauth.grant.access_token).content)
})

app.get('/call-api', async (req, res) => {
  if (!req.kauth.grant) {
    return res.status(401).json({ error: 'not logged in' })
  }
  const answer = await fetch(API_URL, { headers: { authorization: `Bearer ${req.kauth.grant.access_token.token}` } })
  res.status(answer.status).json({ status: answer.status, body: await answer.text() })
})

// The library refreshes what has expired; here it has, whatever the clock says.
app.get('/refresh', async (req, res) => {
  const { grant } = req.kauth
  if (!grant) {
    return res.status(401).json({ error: 'not logged in' })
  }
  grant.isExpired = () => true
  try {
    keycloak.storeGrant(await keycloak.grantManager.ensureFreshness(grant), req, res)
  } catch (error) {
    return res.status(400).json({ error: error.message })
  }
  res.json({ refreshed: true })
})

app.listen(PORT, '127.0.0.1')
