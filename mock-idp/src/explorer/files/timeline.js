// The timeline: a sequence diagram of the exchanges, each message in its place as soon as it is known.

import { byId, el, onClick, phaseName } from "./dom.js";
import { details } from "./message.js";
import { deedText, observe, record } from "./recording.js";

/** The page keeps so many exchanges and marks; the oldest make room. */
const MOST = 300;
const NAMES = { browser: "Browser", client: "Client", provider: "Provider", api: "API" };

const list = byId("timeline");
/** The rows of each exchange, by its key, in the order of their arrival. */
const shown = new Map();
let state = {};
let marks = 0;
/** Which run of the provider is shown. */
let run = null;

export function start(first, refresh) {
  state = first;
  ({ run } = first);
  const events = new EventSource("explorer/events");
  events.addEventListener("open", () => live("live", true));
  events.addEventListener("error", () => live("not connected: it is tried again", false));
  events.addEventListener("message", ({ data }) => {
    const happened = JSON.parse(data);
    if (isKnown(happened)) return;
    if (happened.source === "control") {
      shown.set(keyOf(happened), []);
      if (record(happened)) mark(capitalized(deedText(happened.deed)));
    } else {
      add(happened);
      observe(happened);
    }
    refresh();
  });
  onClick("clear", clear);
  byId("hide-metadata").addEventListener("change", ({ target }) => list.classList.toggle("without-metadata", target.checked));
}

function live(text, isLive) {
  byId("live").textContent = text;
  byId("live").classList.toggle("on", isLive);
}

/** Whether the app that the page has started is what a client_id names. */
export function show(newState) {
  state = newState;
}

const capitalized = (text) => text[0].toUpperCase() + text.slice(1);

const keyOf = ({ run: ofRun, source, number }) => `${ofRun} ${source} ${number}`;

/** After a break of the connection, some exchanges are sent again. A provider that was started again counts from 1. */
function isKnown(exchange) {
  if (exchange.run !== run) {
    clear();
    shown.clear();
    ({ run } = exchange);
  }
  return shown.has(keyOf(exchange));
}

/** Something that was done in between: on the page, or by the control API. */
export function mark(text) {
  const last = list.lastElementChild;
  marks += 1;
  keep(`m${marks}`, [place(el("li", { class: "mark", "data-at": last?.dataset.at ?? 0 }, el("span", {}, text)))]);
}

export function clear() {
  for (const rows of shown.values()) for (const row of rows) row.remove();
  // What was cleared is not shown again when the stream begins again.
  for (const key of shown.keys()) shown.set(key, []);
  byId("empty").hidden = false;
}

function add(exchange) {
  const rows = [request(exchange)];
  if (exchange.response) rows.push(response(exchange));
  else rows.push(row(exchange, exchange.began, [exchange.to, exchange.from], "response refused", ["No answer"], details(exchange, "response")));
  const further = furtherRow(exchange);
  if (further) rows.push(further);
  keep(keyOf(exchange), rows.map(place));
}

/** The oldest exchanges make room for the newest. */
function keep(key, rows) {
  shown.set(key, rows);
  byId("empty").hidden = true;
  const visible = [...shown.values()].filter((all) => all.length > 0);
  for (const oldest of visible.slice(0, Math.max(0, visible.length - MOST))) {
    for (const row of oldest.splice(0)) row.remove();
  }
  // Of those that are not shown any more, enough are known for a stream that begins again.
  for (const old of [...shown.keys()].slice(0, Math.max(0, shown.size - 4 * MOST))) shown.delete(old);
}

/** Puts a row where its time has it: what ends later may have begun before. */
function place(row) {
  const at = Number(row.dataset.at);
  const isAtEnd = list.getBoundingClientRect().bottom < window.innerHeight + 400;
  let before = list.lastElementChild;
  while (before && Number(before.dataset.at) > at) before = before.previousElementSibling;
  if (before) before.after(row);
  else list.prepend(row);
  if (isAtEnd && row === list.lastElementChild && document.hasFocus()) row.scrollIntoView({ block: "nearest" });
  return row;
}

function request(exchange) {
  const { method, path } = exchange.request;
  const label = [el("strong", {}, exchange.title), el("small", {}, `${method} ${path}`)];
  return row(exchange, exchange.began, [exchange.from, exchange.to], "request", label, details(exchange, "request"));
}

function response(exchange) {
  const { status } = exchange.response;
  const reason = refusal(exchange);
  const faults = exchange.faults.map((fault) => el("span", { class: "fault" }, fault));
  const failed = exchange.tokens.flatMap(({ name, checks }) => checks.filter(({ holds }) => !holds).map((check) => `${name}: ${check.name}`));
  const label = [
    // What is no HTTP has no status.
    el("strong", {}, status > 0 ? String(status) : reason ? "refused" : "done"),
    " ",
    outcome(exchange),
    faults,
    failed.length > 0 ? el("small", { class: "bad failed" }, `✗ ${failed.join(", ")}`) : null,
    reason ? el("small", { class: "bad reason" }, reason) : null,
  ];
  const kind = reason || status >= 400 ? "response refused" : "response";
  return row(exchange, exchange.ended ?? exchange.began, [exchange.to, exchange.from], kind, label, details(exchange, "response"));
}

/** Why it was refused: what the app says, or what the provider remarks. */
function refusal({ refusal: byApp, remarks, response }) {
  if (byApp) return `refused at the ${phaseName(byApp.phase)} step: ${byApp.detail}`;
  if (response.status < 400 || remarks.length === 0) return null;
  return remarks.map(({ text }) => text).join(" ");
}

/** What an answer holds, in a few words. */
function outcome({ response, leads_to: leadsTo }) {
  const location = header(response, "location");
  if (location) return el("small", {}, `to ${short(location)}`);
  const error = errorOf(response);
  if (error) return el("small", { class: "bad" }, error);
  const type = (header(response, "content-type") ?? "").split(";")[0];
  return type ? el("small", {}, type) : null;
}

function errorOf({ body }) {
  try {
    return JSON.parse(body).error;
  } catch {
    return null;
  }
}

const header = ({ headers }, name) => headers.find(([known]) => known.toLowerCase() === name)?.[1];

/** A URL without what its details show anyway. */
function short(location) {
  try {
    const url = new URL(location, window.location.href);
    return `${url.host === window.location.host ? "" : url.host}${url.pathname}${url.search ? "?…" : ""}`;
  } catch {
    return location;
  }
}

/** An app that the page has not started tells nothing: where the browser goes next is all that is known. */
function furtherRow(exchange) {
  if (!exchange.leads_to || exchange.client_id === state.app?.client_id) return null;
  const label = [el("strong", {}, "Authorization response"), el("small", {}, `GET ${short(exchange.leads_to)}, not seen from here`)];
  return row(exchange, exchange.ended ?? exchange.began, ["browser", "client"], "request unseen", label, details(exchange, "response"));
}

const line = () => el("span", { class: "line", "aria-hidden": "true" });

function row(exchange, at, [from, to], kind, label, content) {
  const isMetadata = ["Provider metadata", "Key set"].includes(exchange.title);
  const between = el("span", { class: "visually-hidden" }, `${NAMES[from]} to ${NAMES[to]}: `);
  const opened = el("details", {}, el("summary", { class: `arrow ${from}-${to}` }, el("span", { class: "label" }, between, label), line()));
  // The details are long, and few are looked at.
  opened.addEventListener("toggle", () => opened.childElementCount === 1 && opened.append(content()), { once: true });
  return el("li", { class: `message ${kind}${isMetadata ? " metadata" : ""}`, "data-at": at }, opened);
}
