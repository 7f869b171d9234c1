// The provider with openid-client: every step of a session, with the library's defaults.
import assert from 'node:assert/strict';
import * as client from 'openid-client';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, AFTER_LOGOUT, AUDIENCE, API_URL } = process.env;

// Without a secret this is a public client. Two options: http is for tests only, and by default the library relies on TLS
// instead of the signature of the ID token.
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
});
console.log('discovery');

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedNonce = client.randomNonce();
const expectedState = client.randomState();
const login = client.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT_URI,
  scope: 'openid profile email offline_access read:orders',
  audience: AUDIENCE,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  nonce: expectedNonce,
  state: expectedState,
});
const callback = await redirected(login);
console.log('login');

const tokens = await client.authorizationCodeGrant(config, callback, { pkceCodeVerifier, expectedNonce, expectedState });
console.log('token');

const { sub } = tokens.claims();
assert.equal(sub, 'alice');
console.log('id-token');

const user = await client.fetchUserInfo(config, tokens.access_token, sub);
assert.equal(user.email, 'alice@shop.example');
console.log('userinfo');

assert.equal((await callApi(tokens)).status, 200);
console.log('api');

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.notEqual(refreshed.access_token, tokens.access_token);
assert.equal((await callApi(refreshed)).status, 200);
console.log('refresh');

// A public client could not show that the token is its own (RFC 7662 §2.1).
if (CLIENT_SECRET) {
  const { active, sub: subject } = await client.tokenIntrospection(config, refreshed.access_token);
  assert.deepEqual({ active, subject }, { active: true, subject: sub });
  console.log('introspection');
} else {
  console.log('introspection: not for a public client');
}

await client.tokenRevocation(config, refreshed.refresh_token);
await assert.rejects(client.refreshTokenGrant(config, refreshed.refresh_token), { error: 'invalid_grant' });
await assert.rejects(callApi(refreshed), { status: 401 });
console.log('revocation');

const logout = client.buildEndSessionUrl(config, {
  post_logout_redirect_uri: AFTER_LOGOUT,
  id_token_hint: tokens.id_token,
  state: 'bye',
});
assert.equal((await redirected(logout)).href, `${AFTER_LOGOUT}?state=bye`);
console.log('logout');

function callApi({ access_token }) {
  return client.fetchProtectedResource(config, access_token, new URL(API_URL), 'GET');
}

/** Where the browser is sent. */
async function redirected(url) {
  const response = await fetch(url, { redirect: 'manual' });
  assert.ok(response.headers.has('location'), `status ${response.status}: ${await response.text()}`);
  return new URL(response.headers.get('location'));
}
