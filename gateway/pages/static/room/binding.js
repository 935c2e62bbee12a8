/** The proof that a peer connection is with the admitted scribe's device: grant, bindings and DTLS fingerprints. */
import { thumbprint, verify_jws } from "../shared/jose.js";
import { server_now } from "../shared/times.js";

const CLOCK_SLACK_MS = 30_000;

/**
 * @typedef {{admission_id: string, visit_id: string, person_id: string, person_name: string, device_id: string,
 *   device_jkt: string, room_id: string, room_jkt: string, nonce: string, expires_at: string}} Grant
 * @typedef {{visit_id: string, room_id: string, room_jkt: string, gateway_jwk: Record<string, string>}} Here
 * @typedef {{admission_id: string, visit_id: string, nonce: string, device_jkt: string,
 *   own_fingerprint: string, peer_fingerprint: string}} Expected
 */

/**
 * The grant's claims when the gateway's key signed it for this visit and this room and it is in force, else null.
 * @param {any} untrusted_ready a listener_ready signal @param {any} sender the principal the gateway authenticated
 * @param {Here} here @returns {Promise<Grant | null>}
 */
export async function check_grant(untrusted_ready, sender, here) {
  const signed = await verify_jws(untrusted_ready.grant, here.gateway_jwk);
  if (signed === null) return null;
  const grant = signed.claims;
  const in_force = Date.parse(grant.expires_at) + CLOCK_SLACK_MS > server_now();
  const for_here =
    grant.visit_id === here.visit_id && grant.room_id === here.room_id && grant.room_jkt === here.room_jkt;
  const for_sender = grant.admission_id === untrusted_ready.admission_id && grant.person_id === sender.id;
  return in_force && for_here && for_sender ? grant : null;
}

/**
 * Why an answer's binding is not accepted, or null when it is: key certified by the grant, this connection, and the
 * SDP's own fingerprint. Codes are those of wire.signalling.BindingProblem.
 * @param {any} untrusted_answer a feed_answer signal @param {Expected} expected
 * @returns {Promise<string | null>}
 */
export async function binding_problem(untrusted_answer, expected) {
  const signed = await verify_jws(untrusted_answer.binding);
  if (signed === null) return "signature";
  if ((await thumbprint(signed.jwk)) !== expected.device_jkt) return "uncertified_key";
  const claims = signed.claims;
  const same =
    claims.role === "scribe" &&
    claims.admission_id === expected.admission_id &&
    claims.visit_id === expected.visit_id &&
    claims.nonce === expected.nonce;
  if (!same) return "other_connection";
  const fingerprints =
    claims.own_fingerprint === expected.peer_fingerprint && claims.peer_fingerprint === expected.own_fingerprint;
  if (!fingerprints || !sdp_has_only(untrusted_answer.sdp, expected.peer_fingerprint)) return "fingerprint";
  return null;
}

/** Whether an SDP names a SHA-256 fingerprint, and no other than this one. @param {string} sdp @param {string} fingerprint */
export function sdp_has_only(sdp, fingerprint) {
  const named = [...sdp.matchAll(/^a=fingerprint:\s*sha-256\s+(\S+)\s*$/gim)].map((match) => match[1].toUpperCase());
  return named.length > 0 && named.every((one) => one === fingerprint);
}

/** The SDP with its checked SHA-256 fingerprints alone: what we did not check must not count. @param {string} sdp */
export function only_checked_fingerprints(sdp) {
  const lines = sdp.split(/\r?\n/).filter((line) => line !== "");
  return lines.filter((line) => !/^a=fingerprint:(?!\s*sha-256\s)/i.test(line)).join("\r\n") + "\r\n";
}

/**
 * Whether an answer sends sound at most: one audio line, which may send, and one video line, which may not; each says
 * its direction once, in exactly these words, since a browser takes an unsaid one for "send and receive".
 * @param {string} sdp
 */
export function sends_sound_at_most(sdp) {
  const lines = sdp.split(/\r?\n/);
  if (lines.some((line) => line.includes("\r"))) return false; // somebody else might see two lines there
  /** @type {string[][]} */
  const parts = [[]];
  for (const line of lines) {
    if (/^m=/i.test(line)) parts.push([]);
    parts[parts.length - 1].push(line);
  }
  const [session, ...media] = parts;
  if (directions(session).length > 0) return false;
  const said = media.map((part) => `${part[0].slice(0, 8)}${directions(part).join()}`).sort().join(" ");
  return /^m=audio a=(sendrecv|recvonly|inactive) m=video a=(recvonly|inactive)$/.test(said);
}

/** What a browser reads as a direction, with whatever follows it. @param {string[]} lines */
function directions(lines) {
  return lines.filter((line) => /^a=(sendrecv|sendonly|recvonly|inactive)/i.test(line));
}

/** A certificate's SHA-256 fingerprint in the wire's form. @param {RTCCertificate} certificate */
export function own_fingerprint(certificate) {
  const found = certificate.getFingerprints().find((one) => one.algorithm?.toLowerCase() === "sha-256");
  if (!found?.value) throw new Error("fingerprint missing");
  return found.value.toUpperCase();
}
