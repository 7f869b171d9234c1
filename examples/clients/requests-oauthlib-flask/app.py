"""A Flask app on requests-oauthlib: log in with plain OAuth, call the API, refresh, log out.

The routes are those of the library's Flask example, and the library is left at its defaults otherwise. Errors go to
Flask's own handler: what the library raises becomes a page with status 500.
"""

import os
import secrets

from flask import Flask, jsonify, redirect, request, session, url_for
from oauthlib.oauth2 import TokenExpiredError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

API_URL = os.environ["API_URL"]
AUDIENCE = os.environ.get("AUDIENCE")
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ["CLIENT_SECRET"]
PORT = int(os.environ["PORT"])
SCOPE = os.environ.get("SCOPE", "offline_access read:appointments").split()

# The library asks for the endpoints one by one.
AUTHORIZATION_URL = os.environ["AUTHORIZATION_ENDPOINT"]
TOKEN_URL = os.environ["TOKEN_ENDPOINT"]

app = Flask(__name__)
app.secret_key = secrets.token_hex()


def oauth(**kwargs):
    return OAuth2Session(CLIENT_ID, redirect_uri=url_for("callback", _external=True), scope=SCOPE, **kwargs)


@app.route("/")
def home():
    return '<a href="/logout">Log out</a>' if "user" in session else '<a href="/login">Log in</a>'


@app.route("/login")
def login():
    parameters = {"audience": AUDIENCE} if AUDIENCE else {}
    url, state = oauth().authorization_url(AUTHORIZATION_URL, **parameters)
    session["oauth_state"] = state
    return redirect(url)


@app.route("/callback")
def callback():
    client = oauth(state=session["oauth_state"])
    token = client.fetch_token(TOKEN_URL, client_secret=CLIENT_SECRET, authorization_response=request.url)
    session["oauth_token"] = token
    # OAuth does not say who the user is. The API does, unless it fails.
    answer = client.get(API_URL)
    if answer.ok:
        session["user"] = answer.json()["sub"]
    return redirect(url_for("home"))


@app.route("/me")
def me():
    if "user" not in session:
        return jsonify(error="not logged in"), 401
    return jsonify(sub=session["user"])


@app.route("/call-api")
def call_api():
    if "oauth_token" not in session:
        return jsonify(error="not logged in"), 401
    client = oauth(token=session["oauth_token"])
    try:
        answer = client.get(API_URL)
    except TokenExpiredError:
        session["oauth_token"] = refreshed(client)
        answer = client.get(API_URL)
    return jsonify(status=answer.status_code, body=answer.text), answer.status_code


@app.route("/refresh")
def refresh():
    if "oauth_token" not in session:
        return jsonify(error="not logged in"), 401
    session["oauth_token"] = refreshed(oauth(token=session["oauth_token"]))
    return jsonify(refreshed=True)


def refreshed(client):
    return client.refresh_token(TOKEN_URL, auth=HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET))


@app.route("/logout")
def logout():
    session.clear()
    return redirect(url_for("home"))


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=PORT, debug=False, threaded=True)
