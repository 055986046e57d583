// The shape of a certificate, version 1 to 3: domain/certificates/schema.py of the registry, rule by rule.
//
// A rule yields one sentence for each thing wrong with a value. What is not named does not belong there.

import { isObject, isWhole, parseJson, Unreadable } from "./json.mjs";

export const CERTIFICATE_SIZE_MAX = 1024 * 1024;
export const METADATA_LABEL = 674;

const UNITS_PER_TONNE = 100n;
const QUANTITY_UNITS_MAX = 1_000_000_000n * UNITS_PER_TONNE;

// {document} or {document: null, faults}.
export function readCertificate(bytes) {
  if (bytes.length > CERTIFICATE_SIZE_MAX) return none("it is larger than 1 MB");
  try {
    const value = parseJson(bytes, { strict: true });
    const faults = [...shapeOf(value)(value, "")];
    return faults.length > 0 ? none(...faults) : { document: value, faults: [] };
  } catch (error) {
    if (error instanceof Unreadable) return none(error.message);
    if (error instanceof RangeError) return none("it is nested too deeply");
    throw error;
  }
}

function none(...faults) {
  return { document: null, faults };
}

// Units of 0.01 t as a BigInt, or null when the text is no quantity.
export function parseTonnes(text) {
  const found = /^([0-9]{1,13})(?:\.([0-9]{1,2}))?$/.exec(text);
  if (!found) return null;
  const units = BigInt(found[1]) * UNITS_PER_TONNE + BigInt((found[2] ?? "").padEnd(2, "0"));
  return units > 0n && units <= QUANTITY_UNITS_MAX ? units : null;
}

export function formatTonnes(units) {
  return `${units / UNITS_PER_TONNE}.${String(units % UNITS_PER_TONNE).padStart(2, "0")}`;
}

function exactly(expected) {
  return function* (value, at) {
    if (value !== expected) yield `${at} is not ${JSON.stringify(expected)}`;
  };
}

function* text(value, at) {
  if (typeof value !== "string") yield `${at} is not text`;
}

function whole(minimum) {
  return function* (value, at) {
    if (!isWhole(value) || value < minimum) yield `${at} is not a whole number from ${minimum}`;
  };
}

function matching(pattern, noun) {
  const compiled = new RegExp(`^(?:${pattern})$`);
  return function* (value, at) {
    if (typeof value !== "string" || !compiled.test(value)) yield `${at} is not ${noun}`;
  };
}

function* instant(value, at) {
  const shape = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;
  // A day that no month has comes back as another one, or not at all.
  const isThere =
    typeof value === "string" &&
    shape.test(value) &&
    !value.startsWith("0000") &&
    !Number.isNaN(Date.parse(value)) &&
    new Date(value).toISOString() === value.replace("Z", ".000Z");
  if (!isThere) yield `${at} is not an instant such as 2024-01-15T10:30:00Z`;
}

function* quantity(value, at) {
  const units = typeof value === "string" ? parseTonnes(value) : null;
  if (units === null || formatTonnes(units) !== value) {
    yield `${at} is not a quantity such as 1000.00`;
  }
}

function* serial(value, at) {
  const shape = /^KRB-[1-9][0-9]{3}-([0-9]{3,9})-([0-9]{6,12})$/;
  const found = typeof value === "string" ? shape.exec(value) : null;
  const isOne = (digits, least) =>
    Number(digits) > 0 && String(Number(digits)).padStart(least, "0") === digits;
  if (!found || !isOne(found[1], 3) || !isOne(found[2], 6)) yield `${at} is not a credit serial`;
}

function orNull(inner) {
  return function* (value, at) {
    if (value !== null) yield* inner(value, at);
  };
}

function many(inner, minimum = 0) {
  return function* (value, at) {
    if (!Array.isArray(value) || value.length < minimum) {
      yield `${at} is not a list${minimum ? ` of at least ${minimum}` : ""}`;
      return;
    }
    for (const [index, item] of value.entries()) yield* inner(item, `${at}/${index}`);
  };
}

function object(fields, optional = []) {
  return function* (value, at) {
    if (!isObject(value)) {
      yield `${at || "it"} is not an object`;
      return;
    }
    for (const [name, rule] of Object.entries(fields)) {
      if (name in value) yield* rule(value[name], `${at}/${name}`);
      else if (!optional.includes(name)) yield `${at}/${name} is missing`;
    }
    if (Object.keys(value).some((name) => !Object.hasOwn(fields, name))) {
      yield `${at || "it"} has fields that do not belong there`;
    }
  };
}

function* beneficiary(value, at) {
  const isUndisclosed = isObject(value) && "undisclosed" in value;
  yield* (isUndisclosed ? UNDISCLOSED : DISCLOSED)(value, at);
}

// The ledger's transaction_metadatum, less its byte strings: whole numbers, texts, lists, maps.
function* metadatum(value, at) {
  if (isObject(value) || Array.isArray(value)) {
    for (const [key, item] of Object.entries(value)) yield* metadatum(item, `${at}/${key}`);
  } else if (typeof value !== "string" && !isWhole(value)) {
    yield `${at} is nothing that Cardano metadata can hold`;
  }
}

function* metadata(value, at) {
  if (isObject(value)) yield* metadatum(value, at);
  else yield `${at} is not an object`;
}

function* textOrChunks(value, at) {
  yield* (Array.isArray(value) ? many(text, 1) : text)(value, at);
}

const HASH = matching("[0-9a-f]{64}", "64 lower-case hex digits");
const SIGNATURE = matching("[0-9a-f]{128}", "128 lower-case hex digits");
const UUID = matching("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a lower-case UUID");
const COUNTRY = matching("[A-Z]{3}", "an ISO 3166-1 alpha-3 country code");
const ADDRESS = matching("addr(_test)?1[02-9ac-hj-np-z]{20,120}", "a Cardano address");

const UNDISCLOSED = object({ undisclosed: exactly(true) });
const DISCLOSED = object({ name: text, country: COUNTRY, identifier: orNull(text) });

const UNITS = object({ first: whole(1), last: whole(1) });
const CREDIT = object({
  serial,
  vintage: whole(1900),
  quantity,
  units: UNITS,
  project: object({ id: UUID, number: whole(1), title: text, type: text, country: COUNTRY }),
});

const EVIDENCE_FIELDS = {
  signOffDigest: HASH,
  verificationBody: orNull(text),
  decidedAt: instant,
  documents: many(object({ documentType: text, sha256: HASH })),
};

const RECORD_FIELDS = {
  msg: many(text, 1),
  credit_id: textOrChunks,
  project_id: textOrChunks,
  quantity: textOrChunks,
  vintage: whole(1900),
  retired_by: textOrChunks,
  retirement_reason: many(text, 1),
  timestamp: textOrChunks,
};

const PLACE_FIELDS = {
  network: text,
  label: exactly(METADATA_LABEL),
  txHash: HASH,
  blockHash: HASH,
  blockHeight: whole(0),
  slot: whole(0),
  confirmationsAtSealing: whole(0),
  platformAddress: ADDRESS,
};
const CHAIN = object({
  ...PLACE_FIELDS,
  record: object({ ...RECORD_FIELDS, retired_by: HASH }),
  metadata,
});
const CHAIN_NAMING_ACCOUNT = object({ ...PLACE_FIELDS, record: object(RECORD_FIELDS), metadata });

const BLOCK = object({ serial, quantity, units: UNITS });
const ISSUANCE = object({
  projectId: UUID,
  vintage: whole(1900),
  approval: object({ signOffDigest: HASH, quantity }),
  issued: BLOCK,
  buffer: orNull(BLOCK),
  chain: object({
    ...PLACE_FIELDS,
    record: object({
      msg: many(text, 1),
      credit_id: textOrChunks,
      project_id: textOrChunks,
      quantity: textOrChunks,
      vintage: whole(1900),
      issued_to: textOrChunks,
      timestamp: textOrChunks,
    }),
  }),
});

const LOSS = object({
  reversalId: UUID,
  projectId: UUID,
  vintage: orNull(whole(1900)),
  lostQuantity: quantity,
  owedQuantity: quantity,
  recordedAt: instant,
});

const FIELDS = {
  type: exactly("RetirementCertificate"),
  version: exactly(3),
  certificateId: UUID,
  status: matching("accepted|sealed", '"accepted" or "sealed"'),
  registry: object({ name: text, url: text }),
  retiredAt: instant,
  quantity,
  credits: many(CREDIT, 1),
  beneficiary,
  purpose: text,
  reason: text,
  evidence: object(EVIDENCE_FIELDS),
  chain: orNull(CHAIN),
  proof: object({
    digest: HASH,
    algorithm: exactly("Ed25519"),
    publicKey: HASH,
    signature: SIGNATURE,
  }),
  sealedAt: instant,
  supersedes: HASH,
  issuances: many(ISSUANCE, 1),
  losses: many(LOSS, 1),
};
const OPTIONAL = ["proof", "sealedAt", "supersedes", "issuances", "losses"];

const SEVERAL = {
  credits: many(CREDIT, 2),
  evidence: many(object({ ...EVIDENCE_FIELDS, projectId: UUID }), 1),
  chain: orNull(many(CHAIN, 2)),
};

const OF_ONE = object(FIELDS, OPTIONAL);
const OF_SEVERAL = object({ ...FIELDS, ...SEVERAL }, OPTIONAL);
const OF_ONE_NAMING_ACCOUNT = object(
  { ...FIELDS, version: exactly(1), chain: orNull(CHAIN_NAMING_ACCOUNT) },
  OPTIONAL,
);
const OF_SEVERAL_NAMING_ACCOUNT = object(
  { ...FIELDS, ...SEVERAL, version: exactly(2), chain: orNull(many(CHAIN_NAMING_ACCOUNT, 2)) },
  OPTIONAL,
);

function shapeOf(value) {
  const version = isObject(value) ? value.version : null;
  if (!isWhole(version)) return OF_ONE;
  if (version === 1) return OF_ONE_NAMING_ACCOUNT;
  if (version === 2) return OF_SEVERAL_NAMING_ACCOUNT;
  return Array.isArray(value.credits) && value.credits.length > 1 ? OF_SEVERAL : OF_ONE;
}
