// A stdio shim for openid-client: the harness asks on standard input, the library does the work.
//
// Each operation of the protocol is a method of `client`. For another library, keep `answer` and the loop at the end, and
// rewrite the methods.

import { createInterface } from 'node:readline'
import * as oidc from 'openid-client'

class Unsupported extends Error {}
// The application says no: the library leaves it to its users to keep the login and the tokens in a session.
class NotLoggedIn extends Error {}

// By issuer: what `configure` said, and the library's Configuration, which is discovered when it is needed first.
let providers = new Map()
// By user agent, as a web app keeps them by cookie.
let logins = new Map()
let sessions = new Map()

const client = {
  hello({ protocol }) {
    if (protocol !== 1) throw new Unsupported(`protocol ${protocol}`)
    return {
      protocol: 1,
      name: 'openid-client 6.9.0',
      capabilities: ['api-call', 'forced-refresh', 'logout', 'multiple-issuers', 'rfc9207', 'shows-claims'],
      checks: Object.fromEntries(
        ['state', 'iss', 'pkce', 'nonce', 'claims', 'metadata', 'userinfo-sub'].map((check) => [check, 'library']),
      ),
    }
  },
  reset() {
    providers = new Map()
    logins = new Map()
    sessions = new Map()
  },
  configure(provider) {
    const authentication = {
      client_secret_basic: oidc.ClientSecretBasic(provider.client_secret),
      client_secret_post: oidc.ClientSecretPost(provider.client_secret),
      none: oidc.None(),
    }[provider.token_endpoint_auth_method]
    if (!authentication) throw new Unsupported(provider.token_endpoint_auth_method)
    providers.set(provider.issuer, { ...provider, authentication })
  },
  async begin({ ua, issuer }) {
    const provider = providers.get(issuer)
    const config = await discovered(provider)
    const login = {
      issuer,
      expectedState: oidc.randomState(),
      expectedNonce: oidc.randomNonce(),
      pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    }
    const parameters = {
      redirect_uri: provider.redirect_uri,
      scope: provider.scope,
      state: login.expectedState,
      code_challenge: await oidc.calculatePKCECodeChallenge(login.pkceCodeVerifier),
      code_challenge_method: 'S256',
    }
    if (openid(provider)) parameters.nonce = login.expectedNonce
    else delete login.expectedNonce
    if (provider.audience) parameters.audience = provider.audience
    logins.set(ua, login)
    return { url: oidc.buildAuthorizationUrl(config, parameters).href }
  },
  async callback({ ua, url }) {
    const login = logins.get(ua)
    logins.delete(ua)
    if (!login) throw new NotLoggedIn('no login is in progress in this user agent')
    const provider = providers.get(login.issuer)
    const config = await discovered(provider)
    const { issuer, ...checks } = login
    const tokens = await oidc.authorizationCodeGrant(config, new URL(url), { ...checks, idTokenExpected: openid(provider) })
    const claims = tokens.claims() ?? {}
    const asks = openid(provider) && config.serverMetadata().userinfo_endpoint
    const userinfo = asks ? await oidc.fetchUserInfo(config, tokens.access_token, claims.sub) : {}
    sessions.set(ua, { issuer, tokens, claims: { ...userinfo, ...claims } })
  },
  inspect({ ua }) {
    const session = sessions.get(ua)
    return { session: session ? { subject: session.claims.sub, claims: session.claims } : null }
  },
  async call({ ua }) {
    const { issuer, tokens } = loggedIn(ua)
    const { api_url, config } = providers.get(issuer)
    const response = await oidc.fetchProtectedResource(config, tokens.access_token, new URL(api_url), 'GET')
    return { status: response.status, body: await response.text() }
  },
  async refresh({ ua }) {
    const session = loggedIn(ua)
    const tokens = await oidc.refreshTokenGrant(providers.get(session.issuer).config, session.tokens.refresh_token)
    session.tokens = { ...session.tokens, ...tokens }
  },
  logout({ ua }) {
    sessions.delete(ua)
  },
  stop() {
    process.stdin.destroy()
  },
}

const openid = (provider) => provider.scope.split(' ').includes('openid')

async function discovered(provider) {
  provider.config ??= await oidc.discovery(
    new URL(provider.issuer),
    provider.client_id,
    provider.client_secret,
    provider.authentication,
    { execute: [oidc.allowInsecureRequests] },
  )
  return provider.config
}

function loggedIn(ua) {
  if (!sessions.has(ua)) throw new NotLoggedIn('nobody is logged in')
  return sessions.get(ua)
}

// What the library raises to say no. Every other exception is no refusal: it is a crash.
const REFUSALS = [
  oidc.AuthorizationResponseError,
  oidc.ClientError,
  oidc.ResponseBodyError,
  oidc.WWWAuthenticateChallengeError,
]

async function answer({ id, op, ...members }) {
  if (!Object.hasOwn(client, op)) return { unsupported: { detail: `there is no operation ${op}` } }
  try {
    return { ok: (await client[op](members)) ?? {} }
  } catch (error) {
    const detail = String(error?.message ?? error)
    if (error instanceof Unsupported) return { unsupported: { detail } }
    if (error instanceof NotLoggedIn) return { refused: { by: 'application', detail } }
    if (REFUSALS.some((refusal) => error instanceof refusal)) {
      return { refused: { by: 'library', reason: error.code ?? error.name, detail: withCause(error) } }
    }
    console.error(error) // on standard error: standard output is for the protocol only
    return { crashed: { detail: withCause(error) } }
  }
}

const withCause = (error) => [error, error.cause].filter((e) => e instanceof Error).map((e) => e.message).join(': ')

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  // Not awaited: requests that come together are worked on together.
  answer(request).then((reply) => process.stdout.write(JSON.stringify({ id: request.id, ...reply }) + '\n'))
}
