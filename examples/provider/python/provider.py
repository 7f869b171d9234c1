"""What the Python programs share: the provider that they are tried on, and where it redirects a browser."""

import os

import requests

ISSUER, CLIENT_ID, REDIRECT_URI = os.environ["ISSUER"], os.environ["CLIENT_ID"], os.environ["REDIRECT_URI"]
AFTER_LOGOUT, AUDIENCE, API_URL = os.environ["AFTER_LOGOUT"], os.environ["AUDIENCE"], os.environ["API_URL"]
CLIENT_SECRET = os.environ.get("CLIENT_SECRET")


def discover():
    """The metadata. Neither library fetches them."""
    metadata = requests.get(f"{ISSUER.rstrip('/')}/.well-known/openid-configuration", timeout=10).json()
    assert metadata["issuer"] == ISSUER
    return metadata


def redirected(url):
    """Where the browser is sent."""
    response = requests.get(url, allow_redirects=False, timeout=10)
    assert "location" in response.headers, f"status {response.status_code}: {response.text}"
    return response.headers["location"]


def log_out(metadata, id_token):
    """Ends the session at the provider. Neither library writes the request."""
    logout = requests.Request(
        "GET",
        metadata["end_session_endpoint"],
        params={"post_logout_redirect_uri": AFTER_LOGOUT, "id_token_hint": id_token, "state": "bye"},
    ).prepare()
    assert redirected(logout.url) == f"{AFTER_LOGOUT}?state=bye"
