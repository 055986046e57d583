// RFC 8785 (JSON Canonicalization Scheme), and the hash and the signature over it.

import { isObject, isWhole } from "./json.mjs";

export class NotCanonical extends Error {}

export const SIGNATURE_PREFIX = "karbonica-retirement-certificate-v1\n";

// Points of small order, with which a "signature" fits any message; libsodium refuses them, and
// browsers differ. The highest bit is the sign's, and is left out.
const SMALL_ORDER = new Set([
  "00".repeat(32),
  "01" + "00".repeat(31),
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ec" + "ff".repeat(30) + "7f",
  "ed" + "ff".repeat(30) + "7f",
  "ee" + "ff".repeat(30) + "7f",
]);

// The one way to write a value down, as text; whole numbers up to 2^53 - 1, and text that is Unicode.
export function canonical(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    if (/\p{Surrogate}/u.test(value)) throw new NotCanonical("half a character");
    return JSON.stringify(value);
  }
  if (isWhole(value)) {
    if (!Number.isSafeInteger(value)) throw new NotCanonical("a number beyond 2^53");
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) throw new NotCanonical("no value of JSON");
  // Names are put in the order of their UTF-16 code units, which is JavaScript's own.
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${canonical(name)}:${canonical(value[name])}`).join(",")}}`;
}

export function hex(bytes) {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function bytesOf(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

// SHA-256 of everything but the proof; undefined where the browser has none, null when there is none.
export async function digestOf(document) {
  let text;
  try {
    const { proof, ...statement } = document;
    text = canonical(Object.assign(Object.create(null), statement));
  } catch {
    return null;
  }
  if (!globalThis.crypto?.subtle) return undefined;
  return hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

// Whether the proof's key signed this digest; null when the browser cannot tell.
export async function isSigned(digest, proof) {
  const [key, signature] = [bytesOf(proof.publicKey), bytesOf(proof.signature)];
  if (hasSmallOrder(key) || hasSmallOrder(signature.slice(0, 32))) return false;
  const prefix = new TextEncoder().encode(SIGNATURE_PREFIX);
  const message = Uint8Array.from([...prefix, ...bytesOf(digest)]);
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    return error?.name === "NotSupportedError" ? null : false;
  }
  try {
    return await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  } catch (error) {
    return error?.name === "NotSupportedError" ? null : false;
  }
}

function hasSmallOrder(point) {
  const masked = Uint8Array.from(point);
  masked[31] &= 0x7f;
  return SMALL_ORDER.has(hex(masked));
}
