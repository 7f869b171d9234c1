// Building the page: nodes are made of text, never of markup, so that nothing that came from outside is run.

export const byId = (id) => document.getElementById(id);

/** Makes an element with these attributes; one whose name begins with `on` is a listener. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter(isThere));
  return element;
}

const isThere = (child) => child !== null && child !== undefined && child !== false;

export const code = (text) => el("code", {}, text);

/** What a step of the flow is called. */
export const phaseName = (phase) => ({ "id-token": "ID token", userinfo: "UserInfo", api: "API" })[phase] ?? phase;

/** Puts children in place of those that an element has, unless they are the same as before. */
export function fill(element, ...children) {
  const made = element.cloneNode(false);
  made.append(...children.flat(2).filter(isThere));
  if (element.isEqualNode(made)) return;
  const { value } = element;
  element.replaceChildren(...made.childNodes);
  // What was chosen stays chosen; at first it is the first one.
  if (element.tagName === "SELECT") element.value = value;
  if (element.tagName === "SELECT" && element.selectedIndex < 0) element.selectedIndex = 0;
}

/** Tells people, and screen readers, the result of an action. */
export function say(text, isProblem = false) {
  const said = byId("said");
  said.textContent = text;
  said.classList.toggle("problem", isProblem);
}

/** Does what a form asks for; what goes wrong is said. */
export function onSubmit(id, action) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => action(event.submitter));
  });
}

export function onClick(id, action) {
  byId(id).addEventListener("click", () => attempt(action));
}

export async function attempt(action) {
  try {
    await action();
  } catch (error) {
    say(error.message, true);
  }
}

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is no JSON: ${error.message}`);
  }
}
