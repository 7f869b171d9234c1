// The provider with oauth4webapi: every step of a session, as the library's examples do it.
import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, AFTER_LOGOUT, AUDIENCE, API_URL } = process.env;

// Http is for tests only.
const http = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(ISSUER);
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));
console.log('discovery');

const client = { client_id: CLIENT_ID };
const authentication = CLIENT_SECRET ? oauth.ClientSecretPost(CLIENT_SECRET) : oauth.None();

const verifier = oauth.generateRandomCodeVerifier();
const nonce = oauth.generateRandomNonce();
const state = oauth.generateRandomState();
const login = new URL(as.authorization_endpoint);
login.search = new URLSearchParams({
  client_id: CLIENT_ID,
  response_type: 'code',
  redirect_uri: REDIRECT_URI,
  scope: 'openid profile email offline_access read:orders',
  audience: AUDIENCE,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  nonce,
  state,
});
const parameters = oauth.validateAuthResponse(as, client, await redirected(login), state);
console.log('login');

const response = await oauth.authorizationCodeGrantRequest(
  as, client, authentication, parameters, REDIRECT_URI, verifier, http,
);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
  expectedNonce: nonce,
  requireIdToken: true,
});
console.log('token');

await oauth.validateApplicationLevelSignature(as, response, http);
const { sub } = oauth.getValidatedIdTokenClaims(tokens);
assert.equal(sub, 'alice');
console.log('id-token');

const user = await oauth.processUserInfoResponse(
  as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, http),
);
assert.equal(user.email, 'alice@shop.example');
console.log('userinfo');

assert.equal((await callApi(tokens)).status, 200);
console.log('api');

const refreshed = await refresh(tokens);
assert.notEqual(refreshed.access_token, tokens.access_token);
assert.equal((await callApi(refreshed)).status, 200);
console.log('refresh');

// A public client could not show that the token is its own (RFC 7662 §2.1).
if (CLIENT_SECRET) {
  const introspected = await oauth.processIntrospectionResponse(
    as, client, await oauth.introspectionRequest(as, client, authentication, refreshed.access_token, http),
  );
  assert.deepEqual([introspected.active, introspected.sub], [true, sub]);
  console.log('introspection');
} else {
  console.log('introspection: not for a public client');
}

await oauth.processRevocationResponse(
  await oauth.revocationRequest(as, client, authentication, refreshed.refresh_token, http),
);
await assert.rejects(refresh(refreshed), { error: 'invalid_grant' });
await assert.rejects(callApi(refreshed), { status: 401 });
console.log('revocation');

const logout = new URL(as.end_session_endpoint);
logout.search = new URLSearchParams({
  post_logout_redirect_uri: AFTER_LOGOUT,
  id_token_hint: tokens.id_token,
  state: 'bye',
});
assert.equal((await redirected(logout)).href, `${AFTER_LOGOUT}?state=bye`);
console.log('logout');

async function refresh({ refresh_token }) {
  return oauth.processRefreshTokenResponse(
    as, client, await oauth.refreshTokenGrantRequest(as, client, authentication, refresh_token, http),
  );
}

function callApi({ access_token }) {
  return oauth.protectedResourceRequest(access_token, 'GET', new URL(API_URL), undefined, undefined, http);
}

/** Where the browser is sent. */
async function redirected(url) {
  const response = await fetch(url, { redirect: 'manual' });
  assert.ok(response.headers.has('location'), `status ${response.status}: ${await response.text()}`);
  return new URL(response.headers.get('location'));
}
