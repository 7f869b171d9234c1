"""A FastAPI app on fastapi-sso: a provider of one's own, as its documentation for generic providers shows."""

import os
import secrets
from urllib.parse import urljoin

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi_sso.sso.base import OpenID
from fastapi_sso.sso.generic import create_provider
from starlette.middleware.sessions import SessionMiddleware

BASE_URL = os.environ["BASE_URL"]
ISSUER = os.environ["ISSUER"]
PORT = int(os.environ["PORT"])

Provider = create_provider(
    name="idp",
    default_scope=["openid", "profile"],
    discovery_document={
        "authorization_endpoint": urljoin(ISSUER, "authorize"),
        "token_endpoint": urljoin(ISSUER, "oauth/token"),
        "userinfo_endpoint": urljoin(ISSUER, "userinfo"),
    },
    response_convertor=lambda response, _: OpenID(id=response["sub"], provider="idp"),
)
Provider.requires_state = True
sso = Provider(
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    redirect_uri=f"{BASE_URL}/callback",
    allow_insecure_http=True,
)

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=secrets.token_hex())


@app.get("/")
async def home(request: Request):
    return {"logged in": "user" in request.session}


@app.get("/login")
async def login():
    async with sso:
        return await sso.get_login_redirect()


@app.get("/callback")
async def callback(request: Request):
    async with sso:
        user = await sso.verify_and_process(request)
    request.session["user"] = user.id
    return RedirectResponse("/")


@app.get("/me")
async def me(request: Request):
    if "user" not in request.session:
        return JSONResponse({"error": "not logged in"}, status_code=401)
    return {"sub": request.session["user"]}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
