/** Calls to the gateway: JSON in and out, refusals as values, a gateway that is gone as the value `null`. */

/** @typedef {{ok: true, status: number, value: any} | {ok: false, status: number, refusal: {code: string, params?: Record<string, string>}}} Reply */

/** @param {string} path @returns {Promise<Reply | null>} */
export function get(path) {
  return call(path, { method: "GET" });
}

/** @param {string} path @param {object} [body] @returns {Promise<Reply | null>} */
export function post(path, body) {
  const json = body === undefined ? undefined : JSON.stringify(body);
  const headers = body === undefined ? undefined : { "Content-Type": "application/json" };
  return call(path, { method: "POST", body: json, headers });
}

/** @param {string} path @param {RequestInit} request @returns {Promise<Reply | null>} */
async function call(path, request) {
  try {
    const reply = await fetch(path, { ...request, credentials: "same-origin", redirect: "manual", cache: "no-store" });
    if (reply.type === "opaqueredirect") return { ok: false, status: 401, refusal: { code: "not_signed_in" } };
    const value = reply.status === 204 ? null : await reply.json().catch(() => null);
    if (reply.ok) return { ok: true, status: reply.status, value };
    return { ok: false, status: reply.status, refusal: value?.refusal ?? { code: "other" } };
  } catch {
    return null;
  }
}
