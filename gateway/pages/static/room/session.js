/** Pairing and the room's session: a code spends itself for a key, and the key opens a session by signing a nonce. */
import { post } from "../shared/http.js";
import { public_jwk, sign_text } from "../shared/jose.js";
import { make_key, save_room } from "./key_store.js";

/** Refusals after which only a new code helps: another browser is this room now, or none is. */
export const UNPAIRED = new Set(["room_not_paired", "proof_invalid"]);
const FAREWELL = "alcove.room.farewell";

/** @typedef {{code: string, params?: Record<string, string>}} Refusal */

/**
 * Pair this browser as a room. @param {string} code
 * @returns {Promise<{room: import("./key_store.js").PairedRoom} | {refusal: Refusal} | null>} null: the gateway is gone
 */
export async function pair_room(code) {
  const keys = await make_key();
  const reply = await post("/room/pair", { code: code.trim().toUpperCase(), jwk: await public_jwk(keys.publicKey) });
  if (reply === null) return null;
  if (!reply.ok) return { refusal: reply.refusal };
  const room = { room_id: reply.value.room_id, room_name: reply.value.room_name, keys };
  await save_room(room);
  return { room };
}

/**
 * Open the room's session. @param {import("./key_store.js").PairedRoom} room
 * @returns {Promise<"open" | "gone" | Refusal>}
 */
export async function open_session(room) {
  const challenge = await post("/room/challenge");
  if (challenge === null) return "gone";
  if (!challenge.ok) return outcome(challenge);
  const { nonce } = challenge.value;
  const signature = await sign_text(room.keys.privateKey, nonce);
  const reply = await post("/room/session", { room_id: room.room_id, nonce, signature });
  if (reply === null) return "gone";
  return reply.ok ? "open" : outcome(reply);
}

/** A gateway that answers with a fault of its own (5xx) is as good as gone: try again. @param {{status: number, refusal: Refusal}} reply */
function outcome(reply) {
  return reply.status >= 500 ? "gone" : reply.refusal;
}

/** Why this browser is no room any more, for the form that comes next. @param {string} code */
export function keep_farewell(code) {
  sessionStorage.setItem(FAREWELL, code);
}

/** The code that was kept, once; empty when there is none. */
export function take_farewell() {
  const code = sessionStorage.getItem(FAREWELL) ?? "";
  sessionStorage.removeItem(FAREWELL);
  return code;
}
