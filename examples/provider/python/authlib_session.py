"""The provider with Authlib's client for requests: every step of a session, with the library's defaults."""

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from provider import API_URL, AUDIENCE, CLIENT_ID, CLIENT_SECRET, ISSUER, REDIRECT_URI, discover, log_out, redirected

metadata = discover()
print("discovery")

# Without a secret this is a public client. The library sends no challenge unless it is told to: a native app needs one.
session = OAuth2Session(
    CLIENT_ID,
    CLIENT_SECRET,
    scope="openid profile email offline_access read:orders",
    redirect_uri=REDIRECT_URI,
    code_challenge_method=None if CLIENT_SECRET else "S256",
)
nonce = generate_token(20)
pkce = {} if CLIENT_SECRET else {"code_verifier": generate_token(48)}
login, state = session.create_authorization_url(
    metadata["authorization_endpoint"], nonce=nonce, audience=AUDIENCE, **pkce
)
callback = redirected(login)
print("login")

token = session.fetch_token(metadata["token_endpoint"], authorization_response=callback, state=state, **pkce)
print("token")

keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
decoded = jwt.decode(token["id_token"], keys)
claims = CodeIDToken(
    decoded.claims,
    decoded.header,
    {"iss": {"values": [ISSUER]}, "aud": {"values": [CLIENT_ID]}},
    {"nonce": nonce, "client_id": CLIENT_ID, "access_token": token["access_token"]},
)
claims.validate()
assert claims["sub"] == "alice"
print("id-token")

assert session.get(metadata["userinfo_endpoint"]).json()["email"] == "alice@shop.example"
print("userinfo")

assert session.get(API_URL).status_code == 200
print("api")

refreshed = session.refresh_token(metadata["token_endpoint"])
assert refreshed["access_token"] != token["access_token"]
assert session.get(API_URL).status_code == 200
print("refresh")

# A public client could not show that the token is its own (RFC 7662 §2.1).
if CLIENT_SECRET:
    introspected = session.introspect_token(metadata["introspection_endpoint"], token=refreshed["access_token"]).json()
    assert (introspected["active"], introspected["sub"]) == (True, "alice"), introspected
    print("introspection")
else:
    print("introspection: not for a public client")

session.revoke_token(metadata["revocation_endpoint"], token_type_hint="refresh_token").raise_for_status()
assert session.get(API_URL).status_code == 401
try:
    session.refresh_token(metadata["token_endpoint"])
except OAuthError as error:
    assert error.error == "invalid_grant", error
else:
    raise AssertionError("a revoked refresh token was accepted")
print("revocation")

log_out(metadata, token["id_token"])
print("logout")
