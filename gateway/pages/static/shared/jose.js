/** Signatures by WebCrypto: ES256 JWS (RFC 7515), key thumbprints (RFC 7638), canonical JSON (RFC 8785) and its hash. */

const ES256 = { name: "ECDSA", hash: "SHA-256" };
const P256 = { name: "ECDSA", namedCurve: "P-256" };
const encoder = new TextEncoder();

/** @param {ArrayBuffer | Uint8Array} bytes */
export function to_base64url(bytes) {
  const binary = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export function from_base64url(text) {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** The public half of a key as a P-256 JWK with only its required members. @param {CryptoKey} key */
export async function public_jwk(key) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key);
  return { kty: String(kty), crv: String(crv), x: String(x), y: String(y) };
}

/** RFC 7638 SHA-256 thumbprint of a P-256 JWK. @param {Record<string, string>} jwk */
export async function thumbprint(jwk) {
  const members = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
  return to_base64url(await crypto.subtle.digest("SHA-256", encoder.encode(members)));
}

/** Raw r||s over a text, base64url. @param {CryptoKey} private_key @param {string} text */
export async function sign_text(private_key, text) {
  return to_base64url(await crypto.subtle.sign(ES256, private_key, encoder.encode(text)));
}

/**
 * Claims as a compact JWS with the signer's public key in the header.
 * @param {CryptoKeyPair} keys @param {Record<string, unknown>} claims
 */
export async function sign_jws(keys, claims) {
  const header = { alg: "ES256", jwk: await public_jwk(keys.publicKey) };
  const head = to_base64url(encoder.encode(JSON.stringify(header)));
  const body = to_base64url(encoder.encode(JSON.stringify(claims)));
  return `${head}.${body}.${await sign_text(keys.privateKey, `${head}.${body}`)}`;
}

/**
 * The header and claims of a compact ES256 JWS whose signature holds, else null. Without `jwk` the key of the
 * header is used, and the caller must check its thumbprint.
 * @param {string} untrusted_jws @param {Record<string, string>} [jwk]
 * @returns {Promise<{header: any, claims: any, jwk: Record<string, string>} | null>}
 */
export async function verify_jws(untrusted_jws, jwk) {
  try {
    const [head, body, signature] = untrusted_jws.split(".");
    const header = JSON.parse(new TextDecoder().decode(from_base64url(head)));
    if (header.alg !== "ES256" || header.crit !== undefined) return null;
    const source = jwk ?? header.jwk;
    const { kty, crv, x, y } = source;
    if (kty !== "EC" || crv !== "P-256" || source.d !== undefined) return null;
    const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, P256, false, ["verify"]);
    const signed = encoder.encode(`${head}.${body}`);
    if (!(await crypto.subtle.verify(ES256, key, from_base64url(signature), signed))) return null;
    const claims = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(from_base64url(body)));
    return { header, claims, jwk: { kty, crv, x, y } };
  } catch {
    return null; // whatever cannot be read is not signed
  }
}

/** RFC 8785 form of plain JSON data (no floats are used here). @param {any} value @returns {string} */
export function canonical_json(value) {
  if (Array.isArray(value)) return `[${value.map(canonical_json).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical_json(value[name])}`).join(",")}}`;
}

/** SHA-256 of the canonical form, as 64 hexadecimal digits. @param {any} value */
export async function canonical_sha256(value) {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(canonical_json(value)));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
