// The explorer page: what there is to see is read again after each exchange and each change.

import { get } from "./control.js";
import { attempt, byId, code, el, fill } from "./dom.js";
import * as app from "./app.js";
import * as faults from "./faults.js";
import * as provider from "./provider.js";
import * as recording from "./recording.js";
import * as timeline from "./timeline.js";

let asked = false;

/** Reads the state again, soon: what happens in the meantime is read with it. */
export function refresh() {
  if (asked) return;
  asked = true;
  setTimeout(() => {
    asked = false;
    attempt(async () => show(await get("explorer/state")));
  }, 60);
}

function show(state) {
  byId("issuer").textContent = state.issuer;
  showIssuers(state);
  app.show(state);
  faults.show(state);
  provider.show(state);
  recording.show(state);
  timeline.show(state);
}

function showIssuers({ issuer, issuers }) {
  const others = issuers.filter((other) => other.issuer !== issuer);
  byId("issuers").hidden = others.length === 0;
  fill(byId("issuers"), "Other issuers: ", others.map((other) => el("a", { href: other.page }, code(other.issuer))));
}

attempt(async () => {
  const [state, catalogue] = await Promise.all([get("explorer/state"), get("explorer/catalogue")]);
  recording.start(state, catalogue);
  app.start(catalogue, refresh);
  faults.start(catalogue, refresh);
  provider.start(refresh);
  timeline.start(state, refresh);
  show(state);
  document.addEventListener("visibilitychange", refresh);
});
