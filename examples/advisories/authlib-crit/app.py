"""A regular web app on Authlib's Flask client, registered as the documentation shows for OpenID Connect.

What the library raises on purpose is answered with 400.
"""

import os
import secrets

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, session, url_for

PORT = int(os.environ["PORT"])

app = Flask(__name__)
app.secret_key = secrets.token_hex()

oauth = OAuth(app)
oauth.register(
    name="idp",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{os.environ['ISSUER'].rstrip('/')}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile"},
)


@app.errorhandler(AuthlibBaseError)
def refused(error):
    return jsonify(error="refused"), 400


@app.route("/")
def home():
    return "Logged in." if "user" in session else '<a href="/login">Log in</a>'


@app.route("/login")
def login():
    return oauth.idp.authorize_redirect(url_for("callback", _external=True))


@app.route("/callback")
def callback():
    token = oauth.idp.authorize_access_token()
    session["user"] = token["userinfo"]
    return redirect(url_for("home"))


@app.route("/me")
def me():
    if "user" not in session:
        return jsonify(error="not logged in"), 401
    return jsonify(session["user"])


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=PORT, debug=False, threaded=True)
