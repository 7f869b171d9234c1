"""A stdio shim for Authlib's OAuth2Session: the harness asks on standard input, the library does the work.

Each operation of the protocol is a method of `Client`. For another library, keep `main` and rewrite the methods.
"""

import json
import sys
import traceback

import requests
from authlib import __version__
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry


class NotLoggedIn(Exception):
    """The application says no: the library's documentation has it keep the login and the tokens in its session."""


class Unsupported(Exception):
    """This client cannot do that."""


class Client:
    def __init__(self):
        self.reset()

    def hello(self, protocol):
        if protocol != 1:
            raise Unsupported(f"protocol {protocol}")
        return {
            "protocol": 1,
            "name": f"Authlib {__version__}, OAuth2Session",
            "capabilities": ["api-call", "forced-refresh", "logout", "shows-claims"],
            "checks": dict.fromkeys(["state", "pkce", "nonce", "signature", "claims"], "library"),
        }

    def reset(self):
        self.provider, self.metadata = {}, {}
        self.logins, self.sessions = {}, {}  # by user agent, as a web app keeps them by cookie

    def configure(self, **provider):
        self.provider, self.metadata = provider, {}

    def begin(self, ua, issuer):
        login = {"code_verifier": generate_token(48), "nonce": generate_token(20)}
        audience = {"audience": self.provider["audience"]} if "audience" in self.provider else {}
        url, login["state"] = self.oauth().create_authorization_url(
            self.discover("authorization_endpoint"), **login, **audience
        )
        self.logins[ua] = login
        return {"url": url}

    def callback(self, ua, url):
        login = self.logins.pop(ua, None)
        if login is None:
            raise NotLoggedIn("no login is in progress in this user agent")
        token = self.oauth(state=login["state"]).fetch_token(
            self.discover("token_endpoint"), authorization_response=url, code_verifier=login["code_verifier"]
        )
        claims = self.verify(token, login["nonce"]) if "openid" in self.provider["scope"].split() else {}
        self.sessions[ua] = {"token": token, "claims": claims}

    def inspect(self, ua):
        if ua not in self.sessions:
            return {"session": None}
        claims = self.sessions[ua]["claims"]
        return {"session": {"subject": claims.get("sub"), "claims": claims}}

    def call(self, ua):
        answer = self.oauth(token=self.session(ua)["token"]).get(self.provider["api_url"])
        return {"status": answer.status_code, "body": answer.text}

    def refresh(self, ua):
        session = self.session(ua)
        oauth = self.oauth(token=session["token"])
        session["token"] = oauth.refresh_token(self.discover("token_endpoint"))

    def logout(self, ua):
        self.sessions.pop(ua, None)

    # What an application writes around the library.

    def oauth(self, **kwargs):
        provider = self.provider
        return OAuth2Session(
            provider["client_id"],
            provider.get("client_secret"),
            token_endpoint_auth_method=provider["token_endpoint_auth_method"],
            scope=provider["scope"],
            redirect_uri=provider["redirect_uri"],
            code_challenge_method="S256",
            **kwargs,
        )

    def discover(self, member):
        if not self.metadata:
            self.metadata = get(self.provider["issuer"].rstrip("/") + "/.well-known/openid-configuration")
        if member not in self.metadata:
            raise NotLoggedIn(f"the provider's metadata have no {member}")
        return self.metadata[member]

    def verify(self, token, nonce):
        if "id_token" not in token:
            raise NotLoggedIn("the token response has no ID token")
        registry = JWSRegistry(
            algorithms=self.metadata.get("id_token_signing_alg_values_supported"), strict_check_header=False
        )
        # The keys of now: the provider may have changed them since the last login.
        keys = KeySet.import_key_set(get(self.discover("jwks_uri")))
        decoded = jwt.decode(token["id_token"], keys, registry=registry)
        params = {
            "nonce": nonce,
            "client_id": self.provider["client_id"],
            "access_token": token.get("access_token"),
        }
        options = {"iss": {"values": [self.discover("issuer")]}, "aud": {"values": [self.provider["client_id"]]}}
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(leeway=120)
        return dict(claims)

    def session(self, ua):
        if ua not in self.sessions:
            raise NotLoggedIn("nobody is logged in")
        return self.sessions[ua]


def get(url):
    response = requests.get(url, timeout=10)
    if not response.ok:
        raise NotLoggedIn(f"{url} answered {response.status_code}")
    return response.json()


OPERATIONS = "hello reset configure begin callback inspect call refresh logout".split()


def answer(client, op, arguments):
    """The answer to one request. An error is a refusal if the library documents it as one; all others are crashes."""
    if op not in OPERATIONS:
        return {"unsupported": {"detail": f"there is no operation {op}"}}
    try:
        return {"ok": getattr(client, op)(**arguments) or {}}
    except Unsupported as error:
        return {"unsupported": {"detail": str(error)}}
    except (AuthlibBaseError, JoseError) as error:
        return {"refused": {"by": "library", "reason": type(error).__name__, "detail": str(error)}}
    except NotLoggedIn as error:
        return {"refused": {"by": "application", "detail": str(error)}}
    except Exception as error:
        traceback.print_exc()  # on standard error: standard output is for the protocol only
        return {"crashed": {"detail": f"{type(error).__name__}: {error}"}}


def main():
    client = Client()
    for line in sys.stdin:
        request = json.loads(line)
        number, op = request.pop("id"), request.pop("op")
        stop = op == "stop"
        reply = {"ok": {}} if stop else answer(client, op, request)
        print(json.dumps({"id": number, **reply}), flush=True)
        if stop:
            break


if __name__ == "__main__":
    main()
