// oidc-provider with one client, one user and no page: `node oidc-provider.mjs PORT`.
import { Provider } from "oidc-provider";

const port = Number(process.argv[2]);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "demo-client",
      client_secret: "demo-secret",
      redirect_uris: ["http://127.0.0.1:3000/callback"],
      token_endpoint_auth_method: "client_secret_post",
    },
  ],
  cookies: { keys: ["benchmark"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  // Everything that is asked for is granted.
  async loadExistingGrant(context) {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
});

provider.use(async (context, next) => {
  if (!context.path.startsWith("/interaction/")) return next();
  await provider.interactionFinished(context.req, context.res, { login: { accountId: "alice" } });
  context.respond = false;
});

provider.listen(port, "127.0.0.1");
