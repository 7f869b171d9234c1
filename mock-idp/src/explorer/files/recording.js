// What was done by hand, written as a scenario.

import { post } from "./control.js";
import { byId, el, fill, onClick, phaseName, say } from "./dom.js";

const KEPT = "recording";

/** What was done, and what the client did last: `null` where nobody has told. */
let kept = { deeds: [], seen: null };
/** What had happened before the page was opened is shown, and is no part of the scenario. */
let known = { run: null, entries: 0, visits: 0, deeds: 0 };
let app = null;
let armed = [];
let feature = "";
let isWriting = false;
let writesScenarios = false;

export function start(state, { defects }) {
  writesScenarios = Boolean(defects);
  byId("scenario").hidden = !writesScenarios;
  show(state);
  known = { run: state.run, ...state.read };
  const stored = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (stored?.known.run === state.run) ({ kept, known } = stored);
  else kept.deeds = armedNow();
  byId("deeds").addEventListener("click", ({ target }) => {
    if (target.dataset?.deed === undefined) return;
    kept.deeds.splice(Number(target.dataset.deed), 1);
    changed();
  });
  byId("outcome").addEventListener("change", changed);
  onClick("forget", forget);
  onClick("copy", copy);
  changed();
}

export function show(state) {
  ({ app, armed } = state);
}

/** Starts over. What is armed stays armed. */
export function forget(state = undefined) {
  if (state) show(state);
  kept = { ...kept, deeds: armedNow(), seen: null };
  changed();
}

const armedNow = () => armed.map(({ fault }) => ({ do: "arm", fault }));

/** Something was done by the control API, on this page or elsewhere. False: the page knew it. */
export function record({ run, number, deed }) {
  meet(run);
  if (number <= known.deeds) return false;
  known.deeds = number;
  const last = kept.deeds.at(-1);
  if (deed.do === "pass-time" && last?.do === "pass-time") last.seconds += deed.seconds;
  else kept.deeds.push(deed);
  changed();
  return true;
}

/** A provider that was started again counts from 1. */
function meet(run) {
  if (run !== known.run) known = { run, entries: 0, visits: 0, deeds: 0 };
}

/** An exchange was seen. The app that the page has started tells what was done; of other apps, the provider sees it. */
export function observe(exchange) {
  const { run, source, number, client_id: clientId, deed, refusal, request, response } = exchange;
  const isVisit = source === "app";
  meet(run);
  if (number <= (isVisit ? known.visits : known.entries)) return;
  if (isVisit) known.visits = number;
  else known.entries = Math.max(known.entries, number);
  const isOwn = !isVisit && app && clientId === app.client_id;
  if (deed && (!isOwn || ["log-in", "decline"].includes(deed.do))) {
    kept.deeds.push(deed);
    kept.seen = null;
  }
  const isAttempt = deed || request.params.some(([name]) => ["code", "error", "state"].includes(name));
  if (isVisit && isAttempt) {
    const failed = refusal ? { is: "refused", phase: refusal.phase } : { is: "refused", phase: null };
    kept.seen = refusal || response.status >= 400 ? failed : { is: "went-on" };
  }
  changed();
}

function changed() {
  sessionStorage.setItem(KEPT, JSON.stringify({ kept, known }));
  fill(byId("deeds"), kept.deeds.map(item));
  byId("outcome").options[0].textContent = `what was seen${kept.seen ? `: ${words(kept.seen)}` : ""}`;
  write();
}

const words = ({ is, phase }) => (is === "went-on" ? "it goes on" : phase ? `it refuses at the ${phaseName(phase)} step` : "no success");

/** What was done, in words. */
export const deedText = (deed) =>
  ({
    "log-in": () => `${deed.sub ?? "a user"} logs in`,
    decline: () => `the answer is ${deed.error}`,
    "call-api": () => "the client calls the API",
    refresh: () => "the client refreshes",
    "log-out": () => "the user logs out",
    arm: () => `fault armed: ${deed.fault.name ?? deed.fault.at}${deed.fault.times === "once" ? ", once" : ""}`,
    disarm: () => "the provider is honest again",
    "pass-time": () => `${deed.seconds} seconds pass`,
    "rotate-keys": () => "the keys are rotated",
    "revoke-access-tokens": () => "the access tokens are revoked",
    "revoke-refresh-tokens": () => "the refresh tokens are revoked",
  })[deed.do]();

function item(deed, index) {
  const text = deedText(deed);
  return el("li", {}, el("span", {}, text), el("button", { type: "button", "data-deed": index, "aria-label": `Leave out: ${text}` }, "Leave out"));
}

function outcome() {
  const chosen = byId("outcome").value;
  if (chosen === "refused") return kept.seen?.is === "refused" ? kept.seen : { is: "refused", phase: null };
  if (chosen === "logged-in") return { is: "went-on" };
  return kept.seen;
}

/** Has the scenario written; a change in the meantime has it written again. */
async function write() {
  if (!writesScenarios || isWriting) return;
  isWriting = true;
  let written;
  do {
    written = JSON.stringify({ deeds: kept.deeds, outcome: outcome() });
    await showWritten(JSON.parse(written));
  } while (written !== JSON.stringify({ deeds: kept.deeds, outcome: outcome() }));
  isWriting = false;
}

async function showWritten(recording) {
  feature = "";
  let text = "";
  if (recording.deeds.length === 0) text = "Nothing was done yet.";
  else if (!recording.outcome) text = "Nobody has told how it ended: choose what to expect.";
  else {
    try {
      feature = (await post("explorer/scenario", recording)).feature;
      text = feature;
    } catch (error) {
      text = `${error.message}.`;
    }
  }
  byId("gherkin").textContent = text;
  byId("copy").disabled = feature === "";
}

async function copy() {
  await navigator.clipboard.writeText(feature);
  say("Copied. Put it into a file, and play it: quintain verify --reference --features FILE");
}
