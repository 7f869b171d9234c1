"""The provider with requests-oauthlib: every step of a session, with the library's defaults.

The library knows OAuth only. PyJWT verifies the ID token, and oauthlib below it writes the revocation request.
"""

import os
import secrets

import jwt
import requests
from oauthlib.oauth2 import InvalidGrantError, WebApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from provider import API_URL, AUDIENCE, CLIENT_ID, CLIENT_SECRET, ISSUER, REDIRECT_URI, discover, log_out, redirected

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # http is for tests only

metadata = discover()
print("discovery")

# Without a secret this is a public client. The library sends no challenge unless it is told to: a native app needs one.
session = OAuth2Session(
    CLIENT_ID,
    scope=["openid", "profile", "email", "offline_access", "read:orders"],
    redirect_uri=REDIRECT_URI,
    pkce=None if CLIENT_SECRET else "S256",
)
nonce = secrets.token_urlsafe()
login, _ = session.authorization_url(metadata["authorization_endpoint"], nonce=nonce, audience=AUDIENCE)
callback = redirected(login)
print("login")

# The secret goes into the Authorization header, and an empty one if there is none.
token = session.fetch_token(
    metadata["token_endpoint"], authorization_response=callback, client_secret=CLIENT_SECRET
)
print("token")

key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token["id_token"])
claims = jwt.decode(token["id_token"], key, algorithms=["RS256"], issuer=ISSUER, audience=CLIENT_ID)
assert (claims["sub"], claims["nonce"]) == ("alice", nonce)
print("id-token")

assert session.get(metadata["userinfo_endpoint"]).json()["email"] == "alice@shop.example"
print("userinfo")

assert session.get(API_URL).status_code == 200
print("api")

# A refresh has no authentication of its own: the documentation puts both into the body.
credentials = {"client_id": CLIENT_ID, **({"client_secret": CLIENT_SECRET} if CLIENT_SECRET else {})}
refreshed = session.refresh_token(metadata["token_endpoint"], **credentials)
assert refreshed["access_token"] != token["access_token"]
assert session.get(API_URL).status_code == 200
print("refresh")

# A public client could not show that the token is its own (RFC 7662 §2.1).
if CLIENT_SECRET:
    answer = requests.post(
        metadata["introspection_endpoint"],
        data={"token": refreshed["access_token"]},
        auth=HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET),
        timeout=10,
    )
    assert (answer.json()["active"], answer.json()["sub"]) == (True, "alice"), answer.text
    print("introspection")
else:
    print("introspection: not for a public client")

url, headers, body = WebApplicationClient(CLIENT_ID).prepare_token_revocation_request(
    metadata["revocation_endpoint"], refreshed["refresh_token"], token_type_hint="refresh_token"
)
authentication = HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET or "")
requests.post(url, headers=headers, data=body, auth=authentication, timeout=10).raise_for_status()
assert session.get(API_URL).status_code == 401
try:
    session.refresh_token(metadata["token_endpoint"], **credentials)
except InvalidGrantError:
    pass
else:
    raise AssertionError("a revoked refresh token was accepted")
print("revocation")

log_out(metadata, token["id_token"])
print("logout")
