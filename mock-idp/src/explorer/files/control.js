// Requests to the control API, which is where this page is.

async function request(path, options) {
  const response = await fetch(path, { cache: "no-store", ...options });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? `status ${response.status}`);
  return answer;
}

export const get = (path) => request(path);

export const post = (path, body = {}) =>
  request(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

export const remove = (path) => request(path, { method: "DELETE" });
