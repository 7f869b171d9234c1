// Changes of the provider, and what is registered.

import { restart } from "./app.js";
import { get, post, remove } from "./control.js";
import { byId, code, el, fill, onClick, onSubmit, parsed, say } from "./dom.js";
import { forget } from "./recording.js";
import { clear, mark } from "./timeline.js";

let users = [];

export function start(refresh) {
  const pass = async (seconds) => {
    await post("clock", { advance: seconds });
    say(`${seconds} seconds passed.`);
  };
  for (const button of byId("clock-buttons").querySelectorAll("button")) {
    button.id = `pass-${button.dataset.seconds}`;
    onClick(button.id, () => pass(Number(button.dataset.seconds)));
  }
  onSubmit("clock-form", () => pass(Number(byId("seconds").value)));
  onClick("rotate", async () => {
    await post("rotate-keys");
    say("The keys were rotated.");
  });
  onClick("end-sessions", async () => {
    await remove("sessions");
    mark("The sessions of all users have ended");
    say("The sessions of all users have ended.");
  });
  onSubmit("revoke-form", async (button) => {
    const kind = button?.value ?? "access";
    await post(`revoke-${kind}-tokens`, { sub: byId("revoke-user").value });
    say(`The ${kind} tokens of ${byId("revoke-user").value} were revoked.`);
  });
  onSubmit("mint-form", async () => {
    const { token } = await post("token", { claims: parsed(byId("mint-claims").value) });
    byId("minted").hidden = false;
    byId("minted").textContent = token;
  });
  byId("user-sub").addEventListener("input", () => {
    const known = users.find(({ sub }) => sub === byId("user-sub").value);
    if (known) byId("user-claims").value = JSON.stringify(known.claims, null, 2);
  });
  onSubmit("user-form", async () => {
    const sub = byId("user-sub").value.trim();
    const { name, ...claims } = parsed(byId("user-claims").value);
    await post("users", { sub, ...(name === undefined ? {} : { name }), claims });
    say(`${sub} is registered.`);
    refresh();
  });
  onClick("reset", async () => {
    await post("reset");
    clear();
    forget(await get("explorer/state"));
    await restart();
    say("The issuer is as it was at its start.");
    refresh();
  });
}

export function show(state) {
  ({ users } = state);
  const { now, offset, frozen } = state.clock;
  const real = offset === 0 ? "the real time" : `${offset} seconds ${offset > 0 ? "ahead" : "behind"}`;
  byId("clock").textContent = `${new Date(now * 1000).toISOString().replace("T", " ").slice(0, 19)} UTC, ${frozen ? "stopped" : real}`;
  byId("kid").textContent = state.kid;
  const chosen = byId("revoke-user").value;
  fill(byId("revoke-user"), users.map(({ sub }) => el("option", { value: sub }, sub)));
  byId("revoke-user").value = users.some(({ sub }) => sub === chosen) ? chosen : users[0]?.sub;
  fill(byId("subs"), users.map(({ sub }) => el("option", { value: sub })));
  fill(byId("users"), users.map(user));
  fill(byId("clients"), state.clients.map(client));
  fill(byId("apis"), state.apis.map(({ identifier, scopes }) => el("li", {}, code(identifier), el("small", {}, scopes.join(" ")))));
  fill(byId("endpoints"), state.endpoints.map(({ name, url }) => [el("dt", {}, name), el("dd", {}, code(url))]));
}

function user({ sub, claims }) {
  const others = Object.keys(claims).filter((name) => name !== "name");
  return el("li", {}, el("strong", {}, String(claims.name ?? sub)), el("small", {}, code(sub)), el("small", {}, others.join(" ")));
}

function client({ client_id: id, token_endpoint_auth_method: method, redirect_uris: uris }) {
  return el("li", {}, el("strong", {}, id), el("small", {}, method), uris.map((uri) => el("small", {}, code(uri))));
}
