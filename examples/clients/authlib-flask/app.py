"""A regular web app on Authlib's Flask client: log in, call the API, refresh, log out.

The client is registered as Authlib's documentation shows for OpenID Connect, and left at its defaults otherwise. Errors
go to Flask's own handler: what the library raises becomes a page with status 500.
"""

import os
import secrets

from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, jsonify, redirect, session, url_for

API_URL = os.environ["API_URL"]
AUDIENCE = os.environ.get("AUDIENCE")
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ["CLIENT_SECRET"]
ISSUER = os.environ["ISSUER"]
PORT = int(os.environ["PORT"])
SCOPE = os.environ.get("SCOPE", "openid profile offline_access")
AUTH_METHOD = os.environ.get("TOKEN_ENDPOINT_AUTH_METHOD", "client_secret_basic")

# The token table that the documentation asks for: one row per login, by the identifier that the session keeps.
tokens: dict[str, dict] = {}


def update_token(name, token, refresh_token=None, access_token=None):
    """Authlib reports a refresh; the row is the one whose refresh token was spent."""
    row = next((row for row in list(tokens.values()) if row.get("refresh_token") == refresh_token), None)
    if row is not None:
        row.update({key: token.get(key) for key in ("access_token", "refresh_token", "expires_at")})


app = Flask(__name__)
app.secret_key = secrets.token_hex()

oauth = OAuth(app, update_token=update_token)
oauth.register(
    name="idp",
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    server_metadata_url=f"{ISSUER.rstrip('/')}/.well-known/openid-configuration",
    authorize_params={"audience": AUDIENCE} if AUDIENCE else None,
    client_kwargs={"scope": SCOPE, "token_endpoint_auth_method": AUTH_METHOD},
)


@app.route("/")
def home():
    return '<a href="/logout">Log out</a>' if "user" in session else '<a href="/login">Log in</a>'


@app.route("/login")
def login():
    return oauth.idp.authorize_redirect(url_for("callback", _external=True))


@app.route("/callback")
def callback():
    token = oauth.idp.authorize_access_token()
    if "openid" in SCOPE.split():
        session["user"] = token["userinfo"]
    session["token"] = secrets.token_urlsafe()
    tokens[session["token"]] = dict(token)
    return redirect(url_for("home"))


@app.route("/me")
def me():
    if "user" not in session:
        return jsonify(error="not logged in"), 401
    return jsonify(session["user"])


@app.route("/call-api")
def call_api():
    token = tokens.get(session.get("token"))
    if token is None:
        return jsonify(error="not logged in"), 401
    # Refreshes first if the token has expired.
    answer = oauth.idp.get(API_URL, token=token)
    return jsonify(status=answer.status_code, body=answer.text), answer.status_code


@app.route("/refresh")
def refresh():
    token = tokens.get(session.get("token"))
    if token is None:
        return jsonify(error="not logged in"), 401
    # The Flask client refreshes only what has expired; the session class below it refreshes when told to.
    token_endpoint = oauth.idp.load_server_metadata()["token_endpoint"]
    with OAuth2Session(CLIENT_ID, CLIENT_SECRET, AUTH_METHOD, scope=SCOPE) as client:
        refreshed = client.refresh_token(token_endpoint, refresh_token=token["refresh_token"])
    update_token("idp", refreshed, refresh_token=token["refresh_token"])
    return jsonify(refreshed=True, expires_in=refreshed.get("expires_in"))


@app.route("/logout")
def logout():
    session.pop("user", None)
    token = tokens.pop(session.pop("token", None), {})
    return oauth.idp.logout_redirect(
        post_logout_redirect_uri=url_for("home", _external=True),
        id_token_hint=token.get("id_token"),
    )


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=PORT, debug=False, threaded=True)
