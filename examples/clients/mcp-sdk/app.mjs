// An MCP client without its tools: it logs in at the authorization server of an MCP server, calls that server, refreshes.
//
// The server's URL is all that it knows. The SDK finds the authorization server by the metadata of the protected resource
// (RFC 9728). The app opens the browser, waits on a loopback port (RFC 8252), and keeps the tokens in a file.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

// Loaded by those commands alone that need it: a command is started for each step.
const sdk = (module) => import(`@modelcontextprotocol/sdk/client/${module}.js`);

const { SERVER_URL, CLIENT_ID, SCOPE, MCP_HOME } = process.env;
const FILE = join(MCP_HOME, 'tokens.json');

/** What the SDK asks of an app. The client is registered beforehand, as a public one. */
class Provider {
    constructor(redirectUrl = 'http://127.0.0.1/callback', open = undefined) {
        this.redirectUrl = redirectUrl;
        this.open = open;
    }

    get clientMetadata() {
        return { redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none', scope: SCOPE };
    }

    clientInformation() {
        return { client_id: CLIENT_ID };
    }

    state() {
        this.expected = randomBytes(24).toString('base64url');
        return this.expected;
    }

    saveCodeVerifier(verifier) {
        this.verifier = verifier;
    }

    codeVerifier() {
        return this.verifier;
    }

    redirectToAuthorization(url) {
        if (!this.open) throw new Error('log in again');
        this.open(url.href);
    }

    tokens() {
        return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : undefined;
    }

    saveTokens(tokens) {
        writeFileSync(FILE, JSON.stringify(tokens));
    }

    invalidateCredentials(scope) {
        if (scope === 'all' || scope === 'tokens') rmSync(FILE, { force: true });
    }
}

function openBrowser(url) {
    if (!/^https?:/.test(url)) throw new Error(`a browser is for the web, and not for ${new URL(url).protocol}`);
    spawn(process.env.BROWSER ?? 'xdg-open', [url], { stdio: 'ignore' }).unref();
}

/** Waits for the response to the login that this provider has begun. Other requests get an error page. */
async function responseTo(provider, server) {
    for (;;) {
        const [request, answer] = await once(server, 'request');
        const url = new URL(request.url, provider.redirectUrl);
        const isIt = url.pathname === '/callback' && url.searchParams.get('state') === provider.expected;
        answer.writeHead(isIt ? 200 : 404, { 'content-type': 'text/plain', connection: 'close' });
        answer.end(isIt ? 'You may close this window.\n' : 'There is nothing here.\n');
        if (isIt) return url.searchParams;
    }
}

async function login() {
    const { auth } = await sdk('auth');
    rmSync(FILE, { force: true });
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
        const provider = new Provider(`http://127.0.0.1:${server.address().port}/callback`, openBrowser);
        await auth(provider, { serverUrl: SERVER_URL });
        const parameters = await responseTo(provider, server);
        for (const name of new Set(parameters.keys())) {
            if (parameters.getAll(name).length > 1) throw new Error(`the response has ${name} twice`);
        }
        const [error, code] = ['error', 'code'].map((name) => parameters.get(name));
        if (error !== null || !code) throw new Error(`the provider answers ${error ?? 'without a code'}`);
        await auth(provider, { serverUrl: SERVER_URL, authorizationCode: code });
    } finally {
        server.close();
        server.closeAllConnections();
    }
}

/** Who is logged in: the server says that. */
async function whoami() {
    const tokens = new Provider().tokens();
    if (!tokens) throw new Error('nobody is logged in');
    await show(await fetch(SERVER_URL, { headers: { authorization: `Bearer ${tokens.access_token}` } }));
}

async function call() {
    const { withOAuth } = await sdk('middleware');
    const provider = new Provider();
    if (!provider.tokens()) throw new Error('nobody is logged in');
    await show(await withOAuth(provider, SERVER_URL)(fetch)(SERVER_URL));
}

async function show(answer) {
    console.log(await answer.text());
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
}

async function refresh() {
    const { auth } = await sdk('auth');
    const provider = new Provider();
    if (!provider.tokens()?.refresh_token) throw new Error('there is no refresh token');
    await auth(provider, { serverUrl: SERVER_URL });
}

function logout() {
    rmSync(FILE, { force: true });
}

const commands = { login, whoami, call, refresh, logout };
try {
    await commands[process.argv[2]]();
} catch (error) {
    console.error(`${error.name}: ${error.message}`);
    process.exitCode = 1;
}
