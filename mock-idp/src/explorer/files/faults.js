// The catalogue of faults, and what is armed.

import { post, remove } from "./control.js";
import { attempt, byId, code, el, fill, onSubmit, parsed, say } from "./dom.js";
import { mark } from "./timeline.js";

let catalogue = [];
let refresh = () => {};

export function start({ faults, errors }, refreshState) {
  catalogue = faults;
  refresh = refreshState;
  byId("fault-search").addEventListener("input", list);
  list();
  const options = ({ at, errors: names }) => {
    const message = at === "token-response" ? "Token response" : "Authorization response";
    return el("optgroup", { label: message }, names.map((name) => el("option", { value: `${at} ${name}` }, name)));
  };
  fill(byId("error"), errors.map(options));
  onSubmit("error-form", () => arm(failing(...byId("error").value.split(" "))));
  onSubmit("json-form", () => arm(parsed(byId("fault-json").value)));
}

/** A message that is an error, once, as a line of the scenarios has it. */
function failing(at, error) {
  const said = { error, error_description: "Injected by the test" };
  if (at !== "token-response") return { at, change: { merge: { code: null, ...said } }, times: "once" };
  const status = error === "invalid_client" ? 401 : 400;
  const respond = { status, headers: [["content-type", "application/json"]], body: JSON.stringify(said) };
  return { at, grant: "authorization_code", change: { respond }, times: "once" };
}

function list() {
  const words = byId("fault-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = catalogue.filter(({ name, message, does }) => {
    const text = `${name} ${message} ${does}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  byId("fault-count").textContent = `${found.length} of ${catalogue.length}`;
  fill(byId("catalogue"), found.map(item));
}

function item({ name, message, does }) {
  return el(
    "li",
    {},
    el("div", {}, code(name), el("small", {}, `${message}: ${does}`)),
    el(
      "div",
      { class: "choices" },
      el("button", { type: "button", "data-fault": name, "data-times": "once", "aria-label": `Once: ${name}` }, "Once"),
      el("button", { type: "button", "data-fault": name, "data-times": "always", "aria-label": `Always: ${name}` }, "Always"),
    ),
  );
}

byId("catalogue").addEventListener("click", ({ target }) => {
  const { fault, times } = target.dataset ?? {};
  if (fault) attempt(() => armNamed(fault, times));
});

async function armNamed(name, times) {
  const { fault } = catalogue.find((known) => known.name === name);
  await arm({ ...fault, times });
}

async function arm(fault) {
  await post("fault", fault);
  const times = fault.times === "once" ? "for the next time" : "until it is disarmed";
  say(`Armed ${times}: ${fault.name ?? JSON.stringify(fault.change)}`);
}

export function show({ armed }) {
  byId("honest").hidden = armed.length > 0;
  const fired = (times) => (times === 0 ? "not fired yet" : `fired ${times === 1 ? "once" : `${times} times`}`);
  const item = ({ id, text, times, fired: count }) =>
    el(
      "li",
      {},
      el("div", {}, code(text), el("small", {}, `${times === "once" ? "once" : "until disarmed"}, ${fired(count)}`)),
      el("button", { type: "button", "data-id": id, "aria-label": `Disarm ${text}` }, "Disarm"),
    );
  const all = el("li", {}, el("button", { type: "button", "data-all": true }, "Disarm all"));
  fill(byId("armed"), armed.map(item), armed.length > 1 ? all : null);
}

byId("armed").addEventListener("click", ({ target }) => {
  const { id, all } = target.dataset ?? {};
  if (id === undefined && all === undefined) return;
  attempt(async () => {
    const isLast = byId("armed").querySelectorAll("[data-id]").length <= 1;
    await remove(all === undefined ? `faults/${id}` : "faults");
    // The last one is told as what was done.
    if (all !== undefined || isLast) return;
    mark("A fault was disarmed");
    refresh();
  });
});
