"""A command line app on Authlib's OAuth2Session: log in with the browser, call the API, refresh, log out.

A native app (RFC 8252): a public client with PKCE that waits for the authorization response on a loopback port of its
own choice. Tokens are kept in a file. What the library raises ends the command.
"""

import json
import os
import sys
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

ISSUER = os.environ["ISSUER"]
CLIENT_ID = os.environ["CLIENT_ID"]
API_URL = os.environ["API_URL"]
AUDIENCE = os.environ.get("AUDIENCE")
SCOPE = os.environ.get("SCOPE", "openid profile offline_access")
STATE = Path(os.environ["SHOP_HOME"]) / "login.json"


def login():
    from authlib.common.security import generate_token

    with Loopback() as loopback:
        metadata = discover()
        client = session(redirect_uri=loopback.redirect_uri, code_challenge_method="S256")
        verifier, nonce = generate_token(48), generate_token(20)
        audience = {"audience": AUDIENCE} if AUDIENCE else {}
        url, state = client.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **audience
        )
        webbrowser.open(url)
        response = loopback.wait()
    token = client.fetch_token(
        metadata["token_endpoint"], authorization_response=response, state=state, code_verifier=verifier
    )
    claims = verify(token, nonce, metadata) if "openid" in SCOPE.split() else {}
    save({"token": token, "claims": claims})


def whoami():
    print(json.dumps(saved()["claims"]))


def call():
    kept = saved()
    client = session(token=kept["token"], token_endpoint=discover()["token_endpoint"], update_token=updated)
    answer = client.get(API_URL)
    print(answer.text)
    if not answer.ok:
        sys.exit(f"the API answered {answer.status_code}")


def refresh():
    kept = saved()
    token = session(token=kept["token"]).refresh_token(discover()["token_endpoint"])
    save({**kept, "token": token})


def logout():
    STATE.unlink(missing_ok=True)


def session(**kwargs):
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(CLIENT_ID, token_endpoint_auth_method="none", scope=SCOPE, **kwargs)


def discover():
    return get(ISSUER.rstrip("/") + "/.well-known/openid-configuration")


def get(url):
    import requests

    response = requests.get(url, timeout=10)
    response.raise_for_status()
    return response.json()


def verify(token, nonce, metadata):
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.jwk import KeySet
    from joserfc.jws import JWSRegistry

    algorithms = metadata.get("id_token_signing_alg_values_supported")
    decoded = jwt.decode(
        token["id_token"],
        KeySet.import_key_set(get(metadata["jwks_uri"])),
        registry=JWSRegistry(algorithms=algorithms, strict_check_header=False),
    )
    params = {"nonce": nonce, "client_id": CLIENT_ID, "access_token": token["access_token"]}
    options = {"iss": {"values": [metadata["issuer"]]}, "aud": {"values": [CLIENT_ID]}}
    claims = CodeIDToken(decoded.claims, decoded.header, options, params)
    claims.validate(leeway=120)
    return dict(claims)


class Loopback(HTTPServer):
    """Waits for one authorization response, on a free port."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Response)
        self.redirect_uri = f"http://127.0.0.1:{self.server_port}/callback"
        self.response = None

    def wait(self):
        while self.response is None:
            self.handle_request()
        return self.response


class Response(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.partition("?")[0] != "/callback":
            return self.send_error(404)
        self.server.response = f"http://127.0.0.1:{self.server.server_port}{self.path}"
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.end_headers()
        self.wfile.write(b"You may close this window.\n")

    def log_message(self, *args):
        pass


def saved():
    if not STATE.exists():
        sys.exit("nobody is logged in")
    return json.loads(STATE.read_text())


def save(kept):
    STATE.write_text(json.dumps(kept))


def updated(token, refresh_token=None, access_token=None):
    """Authlib reports a refresh."""
    save({**saved(), "token": token})


COMMANDS = {command.__name__: command for command in (login, whoami, call, refresh, logout)}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: app.py {'|'.join(COMMANDS)}")
    COMMANDS[sys.argv[1]]()
