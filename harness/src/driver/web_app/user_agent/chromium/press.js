// Fills in and submits a form, or presses whatever else the selector finds; false if it finds nothing. With another
// selector, it comes to an end when an element that matches it has come, or has come to match again, since.
async (selector, fields, settled) => {
  const found = document.querySelector(selector);
  if (!found) return false;
  const form = found instanceof HTMLFormElement ? found : null;
  for (const [name, value] of Object.entries(fields)) {
    for (const field of (form ?? document).querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      // By the setter of the prototype: some frameworks watch the one of the element, and would think it theirs.
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, value);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  // Watched from before the press on: it may be over in no time.
  const settledAgain = new Promise((end) => {
    if (settled === null) return end();
    const before = document.querySelector(settled);
    let stirs = before === null;
    const observer = new MutationObserver((changes) => {
      const now = document.querySelector(settled);
      stirs ||= now !== before || changes.some((change) => change.type === "attributes" && change.target === before);
      if (stirs && now !== null) {
        observer.disconnect();
        end();
      }
    });
    observer.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
  });
  const submits = "button:not([type=button]):not([type=reset]), input[type=submit], input[type=image]";
  const pressed = form ? form.querySelector(submits) : found;
  pressed ? pressed.click() : form.requestSubmit();
  await settledAgain;
  return true;
}
