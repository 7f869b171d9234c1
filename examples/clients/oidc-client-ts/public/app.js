// The calls of the library's documentation, a route each.
const { UserManager, WebStorageStateStore } = window.oidc;

const settings = await (await fetch("/settings.json")).json();
const manager = new UserManager({
  authority: settings.issuer,
  client_id: settings.clientId,
  redirect_uri: `${location.origin}/callback`,
  scope: settings.scope,
  extraQueryParams: settings.audience ? { audience: settings.audience } : {},
  loadUserInfo: true,
  automaticSilentRenew: false,
  silentRequestTimeoutInSeconds: 2,
  // Every tab of the browser is logged in.
  userStore: new WebStorageStateStore({ store: window.localStorage }),
});

const main = document.querySelector("main");

function show(tag, text, attributes = {}) {
  const element = Object.assign(document.createElement(tag), attributes);
  element.textContent = text;
  main.replaceChildren(element);
}

/** The library waits for the page to go: there are addresses that no browser goes to. */
const stayed = () =>
  new Promise((_, reject) => setTimeout(() => reject(new Error("The browser has not gone to the provider.")), 7000));

async function loggedIn() {
  const user = await manager.getUser();
  if (!user) throw new Error("nobody is logged in");
  return user;
}

const routes = {
  "/login": () =>
    show("button", "Log in", { id: "login", onclick: act(() => Promise.race([manager.signinRedirect(), stayed()])) }),
  "/callback": async () => {
    await manager.signinRedirectCallback();
    location.replace("/me");
    // The page that comes next says when it is done.
    await new Promise(() => {});
  },
  "/me": async () => {
    const user = await manager.getUser();
    user ? show("pre", JSON.stringify(user.profile), { id: "user" }) : show("p", "Nobody is logged in.");
  },
  "/call-api": async () => {
    let user = await loggedIn();
    if (user.expired) user = await manager.signinSilent();
    const response = await fetch(settings.api, { headers: { authorization: `Bearer ${user.access_token}` } });
    if (!response.ok) throw new Error(`the API answers ${response.status}`);
    show("pre", await response.text());
  },
  "/refresh": async () => {
    await loggedIn();
    const user = await manager.signinSilent();
    show("p", user ? "The tokens are new." : "There is no refresh token.");
  },
  "/logout": async () => {
    await manager.removeUser();
    show("p", "Nobody is logged in.");
  },
};

/** Does something, and says when it is done, or what went wrong. */
function act(action) {
  return async () => {
    main.ariaBusy = "true";
    try {
      await action();
    } catch (error) {
      console.error(error);
      show("p", error.message, { role: "alert" });
    }
    main.ariaBusy = "false";
  };
}

await act(routes[location.pathname] ?? routes["/me"])();
