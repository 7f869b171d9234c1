// One message with all that is in it; tokens are decoded, and what their receiver has to check is ticked off.

import { code, el } from "./dom.js";

/** Builds the details of a message when they are asked for. */
export function details(exchange, which) {
  return () => el("div", { class: "details" }, which === "request" ? request(exchange) : response(exchange));
}

function request({ request: { method, path, raw_query: query, params, headers, body } }) {
  return [
    el("p", {}, code(`${method} ${path}${query ? `?${query}` : ""}`)),
    params.length > 0 ? table("Parameters", params) : null,
    folded("Headers", headers),
    params.length === 0 && body ? el("pre", {}, body) : null,
  ];
}

function response({ response: answer, remarks, refusal, faults, tokens }) {
  if (!answer) return [el("p", {}, "The connection ended without an answer."), changed(faults)];
  const location = answer.headers.find(([name]) => name.toLowerCase() === "location")?.[1];
  return [
    refusal ? el("p", { class: "problem" }, `The client refused: ${refusal.detail} `, code(refusal.reason)) : null,
    remarks.map(({ name, text }) => el("p", { class: "problem" }, `${text} `, code(name))),
    changed(faults),
    el("p", {}, "Status ", code(String(answer.status))),
    location ? redirect(location) : null,
    tokens.map(token),
    folded("Headers", answer.headers),
    answer.body ? body(answer) : null,
  ];
}

const changed = (faults) =>
  faults.length > 0 ? el("p", {}, "Changed by ", faults.map((fault) => el("span", { class: "fault" }, fault))) : null;

function redirect(location) {
  const parameters = URL.canParse(location) ? [...new URL(location).searchParams] : [];
  return [el("p", {}, "To ", code(location)), parameters.length > 0 ? table("Parameters", parameters) : null];
}

function token({ name, header, claims, checks }) {
  const check = ({ name: what, holds, text }) =>
    el(
      "li",
      { class: holds ? "holds" : "fails" },
      el("span", { class: "sign", "aria-hidden": "true" }, holds ? "✓" : "✗"),
      el("span", { class: "visually-hidden" }, holds ? "holds: " : "does not hold: "),
      el("strong", {}, what),
      " ",
      text,
    );
  return el(
    "div",
    { class: "token" },
    el("h3", {}, name),
    el("ul", { class: "checks" }, checks.map(check)),
    el("pre", {}, json(header)),
    el("pre", {}, json(claims)),
  );
}

function body({ headers, body: text }) {
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  let shown = text;
  try {
    if (type.includes("json")) shown = json(JSON.parse(text));
  } catch {
    // It is shown as it came.
  }
  const block = el("pre", {}, shown);
  return text.length > 1500 ? el("details", {}, el("summary", {}, "Body"), block) : block;
}

const json = (value) => JSON.stringify(value, null, 2);

function table(caption, pairs) {
  const line = ([name, value]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, code(value)));
  return el("table", {}, el("caption", {}, caption), el("tbody", {}, pairs.map(line)));
}

const folded = (title, pairs) => el("details", {}, el("summary", {}, title), table(title, pairs));
