"""A Django site on mozilla-django-oidc: log in, call the API, log out.

The settings are those of the library's installation page for a provider that signs with RS256, and left at their
defaults otherwise. Settings, views and URLs are in this one file, so that all of it can be read at once.
"""

import os
import secrets

import django
import requests
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import include, path

API_URL = os.environ["API_URL"]
AUDIENCE = os.environ.get("AUDIENCE")
PORT = os.environ["PORT"]


def username_of(email, claims):
    """The subject, so that /me can show it; the library would take a hash of the e-mail address."""
    return claims["sub"]


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},  # one thread, see below
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",  # after auth, as the installation page says
    ],
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"]},
    },
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY=secrets.token_hex(),
    # The library's own: client and provider, the provider's algorithm, where to go after login and logout.
    OIDC_RP_CLIENT_ID=os.environ["CLIENT_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
    OIDC_OP_AUTHORIZATION_ENDPOINT=os.environ["AUTHORIZATION_ENDPOINT"],
    OIDC_OP_TOKEN_ENDPOINT=os.environ["TOKEN_ENDPOINT"],
    OIDC_OP_USER_ENDPOINT=os.environ["USERINFO_ENDPOINT"],
    OIDC_OP_JWKS_ENDPOINT=os.environ["JWKS_URI"],
    OIDC_RP_SIGN_ALGO="RS256",
    LOGIN_REDIRECT_URL="/",
    LOGOUT_REDIRECT_URL="/",
    # What this site needs beyond that: an API and a name to show.
    OIDC_AUTH_REQUEST_EXTRA_PARAMS={"audience": AUDIENCE} if AUDIENCE else {},
    OIDC_STORE_ACCESS_TOKEN=True,
    OIDC_USERNAME_ALGO=username_of,
)
django.setup()


def home(request):
    if request.user.is_authenticated:
        return HttpResponse(
            '<form method="post" action="/oidc/logout/">'
            f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
            "<button>Log out</button></form>"
        )
    return HttpResponse('<a href="/oidc/authenticate/">Log in</a>')


def me(request):
    if not request.user.is_authenticated:
        return JsonResponse({"error": "not logged in"}, status=401)
    return JsonResponse({"sub": request.user.username, "email": request.user.email})


def call_api(request):
    if not request.user.is_authenticated:
        return JsonResponse({"error": "not logged in"}, status=401)
    token = request.session["oidc_access_token"]
    answer = requests.get(API_URL, headers={"Authorization": f"Bearer {token}"})
    return JsonResponse({"status": answer.status_code, "body": answer.text}, status=answer.status_code)


urlpatterns = [
    path("", home),
    path("me", me),
    path("call-api", call_api),
    path("oidc/", include("mozilla_django_oidc.urls")),
]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    # One request at a time, so that users and sessions can live in memory.
    call_command("runserver", f"127.0.0.1:{PORT}", use_reloader=False, use_threading=False)
