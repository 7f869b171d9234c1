// Serves the files of the app, and what it has to know of its provider. Everything else happens in the browser.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const { PORT, ISSUER, CLIENT_ID, SCOPE, AUDIENCE, API_URL } = process.env;

const file = (path, type) => async () => ({ type, body: await readFile(new URL(path, import.meta.url)) });
const page = file("public/index.html", "text/html; charset=utf-8");
const files = {
  "/app.js": file("public/app.js", "text/javascript"),
  "/oidc-client-ts.js": file("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js", "text/javascript"),
  "/settings.json": async () => ({
    type: "application/json",
    body: JSON.stringify({ issuer: ISSUER, clientId: CLIENT_ID, scope: SCOPE, audience: AUDIENCE, api: API_URL }),
  }),
};

createServer(async (request, response) => {
  // As for every single-page app, what is no file is the page.
  const { pathname } = new URL(request.url, "http://localhost");
  const { type, body } = await (files[pathname] ?? page)();
  response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
}).listen(Number(PORT), "127.0.0.1");
