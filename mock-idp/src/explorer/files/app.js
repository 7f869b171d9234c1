// Whom to log in with: the reference client, or an app of one's own.

import { post } from "./control.js";
import { byId, code, el, fill, onSubmit, say } from "./dom.js";

const KEPT = "own-apps";
let defects = [];
let running = null;
/** Starts the reference client where it does not run: once for each run of the provider. */
let begin = null;
let begunFor = null;

export function start(catalogue, refresh) {
  defects = catalogue.defects ?? [];
  byId("reference").hidden = !catalogue.defects;
  byId("defect-choice").hidden = defects.length === 0;
  byId("alone").hidden = Boolean(catalogue.defects);
  fill(byId("defects"), defects.map(({ name }) => el("option", { value: name })));
  byId("defect").addEventListener("input", describe);
  onSubmit("defect-form", async () => {
    const name = byId("defect").value.trim();
    await run(name ? [name] : []);
    say(name ? `The reference client has been started with the defect ${name}.` : "The reference client is correct again.");
    refresh();
  });
  onSubmit("operate", async ({ value }) => {
    const operation = value === "log-in" ? { do: value, sub: byId("operate-user").value } : { do: value };
    say((await post("explorer/operate", operation)).said);
    refresh();
  });
  onSubmit("own-form", async () => {
    await register();
    refresh();
  });
  if (catalogue.defects) begin = () => run([]).then(refresh, (error) => say(error.message, true));
  showOwn();
}

const run = (names) => post("explorer/app", { defects: names });

function describe() {
  const known = defects.find(({ name }) => name === byId("defect").value.trim());
  byId("defect-about").textContent = known?.about ?? "";
}

/** The reference client once more, registered again. */
export async function restart() {
  if (running) await run(running.defects);
}

export function show({ app, clients, users, run: ofProvider }) {
  running = app;
  if (!app && begin && begunFor !== ofProvider) {
    begunFor = ofProvider;
    begin();
  }
  const link = byId("app-link");
  const isRegistered = app && clients.some((client) => client.client_id === app.client_id);
  if (!app) return;
  link.parentElement.hidden = !app.url;
  if (app.url) link.href = app.url;
  link.textContent = `Open ${app.name}`;
  byId("operate").hidden = !app.is_operated;
  fill(byId("operate-user"), users.map(({ sub }) => el("option", {}, sub)));
  const correct = defects.length > 0 ? [" It is correct."] : [];
  const about = app.defects.length > 0 ? [" It has the defect ", code(app.defects.join(", ")), "."] : correct;
  const where = isRegistered ? [] : [" It is not registered any more: start it again."];
  const runs = app.url ? ["Runs at ", code(app.url), "."] : [code(app.name), " runs."];
  fill(byId("app-about"), runs, about, where);
}

async function register() {
  const [id, secret, redirect, url] = ["id", "secret", "redirect", "url"].map((name) => byId(`own-${name}`).value.trim());
  await post("clients", { client_id: id, redirect_uris: [redirect], ...(secret ? { client_secret: secret } : {}) });
  const apps = kept().filter((other) => other.id !== id);
  if (url) sessionStorage.setItem(KEPT, JSON.stringify([...apps, { id, url }]));
  showOwn();
  say(`${id} is registered. Configure it with the issuer above, and log in.`);
}

function kept() {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
}

function showOwn() {
  // Only what leads to a web page becomes a link: a URL may also be a script.
  const isWeb = ({ url }) => /^https?:/.test(url);
  const item = ({ id, url }) => el("li", {}, el("a", { href: url, target: "_blank", rel: "noopener" }, `Open ${id}`));
  fill(byId("own-apps"), kept().filter(isWeb).map(item));
}
