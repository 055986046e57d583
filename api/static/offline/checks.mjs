// The checks by which a stranger tells a certificate from a forgery, one sentence for each.
// domain/certificates/checks.py of the registry, in the same order and the same words.

import { canonical, digestOf, isSigned } from "./canonical.mjs";
import {
  checkChainRecord,
  checkNetwork,
  checkPayer,
  checkTransaction,
  NOT_QUERIED,
  recordFault,
} from "./chain_checks.mjs";
import { checkIssuances } from "./issuance_checks.mjs";
import {
  below,
  countOf,
  factsOf,
  formatInstant,
  found,
  joinText,
  overlap,
  partsOf,
} from "./results.mjs";
import { formatTonnes, parseTonnes, readCertificate } from "./schema.mjs";

const NAMES = [
  "canonical form",
  "sealed",
  "digest",
  "signature",
  "registry key",
  "quantity",
  "network",
  "transaction",
  "chain record",
  "record and certificate",
  "payer",
];
const UNABLE =
  "Not checked: this browser has no SHA-256 for this page; open it from a file, or over https.";
const NO_ED25519 =
  "Not checked: this browser knows no Ed25519 signatures; a newer one, or another one, does.";

// `bytes` are a Uint8Array. What is null, nobody asked; the checks that need it say so.
export async function checkDocument(
  bytes,
  { facts = null, networks = null, trustedKeys = null, trustedAddresses = null } = {},
) {
  const { document, faults } = readCertificate(bytes);
  const first = checkCanonical(bytes, document, faults);
  if (document === null) {
    const unread = "Not checked: the file cannot be read as a certificate.";
    return [first, ...NAMES.slice(1).map((name) => found(name, null, unread))];
  }
  const sealed = checkSealed(document);
  if (!sealed.passed) return [first, sealed, ...unsealed(document)];
  const digest = await digestOf(document);
  const unasked = NOT_QUERIED;
  const each = (check) => forEachChain(document, check);
  return [
    first,
    sealed,
    checkDigest(document, digest),
    await checkSignature(document, digest),
    checkRegistryKey(document, trustedKeys, facts),
    checkQuantity(document),
    each((chain) => checkNetwork(chain, networks, unasked)),
    each((chain) => checkTransaction(chain, factsOf(chain, facts), unasked)),
    each((chain) => checkChainRecord(chain, factsOf(chain, facts), unasked)),
    checkRecordAgrees(document),
    each((chain) => checkPayer(chain, factsOf(chain, facts), trustedAddresses, unasked)),
    ...checkIssuances(document, { facts, networks, trustedAddresses, unasked }),
  ];
}

// What the checks amount to: one failure is enough to refuse the certificate.
export function verdictOf(checks) {
  const failed = checks.filter((check) => check.passed === false).length;
  const skipped = checks.filter((check) => check.passed === null).map((check) => check.name);
  const complete = skipped.length === 0;
  if (failed > 0) {
    const sentence = `Do not rely on this certificate: ${failed} of ${checks.length} failed.`;
    return { holds: false, complete, sentence };
  }
  const sentence = complete
    ? `This certificate holds: all ${checks.length} checks passed.`
    : `What was checked holds; not checked: ${skipped.join(", ")}.`;
  return { holds: true, complete, sentence };
}

// Where each of the transactions to ask the chain for is said to stand: a Map by its hash.
export function statedBlocks(bytes) {
  const { document } = readCertificate(bytes);
  if (document === null) return new Map();
  const chains = [
    ...partsOf(document.chain),
    ...(document.issuances ?? []).map((part) => part.chain),
  ];
  return new Map(
    chains.map((chain) => [
      chain.txHash,
      { height: chain.blockHeight, blockHash: chain.blockHash },
    ]),
  );
}

function forEachChain(document, check) {
  const results = partsOf(document.chain).map(check);
  if (!Array.isArray(document.chain)) return below("/chain", results[0]);
  for (const state of [false, null]) {
    const count = Math.min(results.length, document.credits.length);
    for (let index = 0; index < count; index += 1) {
      const one = results[index];
      if (one.passed === state) {
        const sentence = `${document.credits[index].serial}: ${one.sentence}`;
        return found(one.name, state, sentence, `/chain/${index}${one.pointer}`);
      }
    }
  }
  const sentence = `For each of ${results.length} credits: ${results[0].sentence}`;
  return found(results[0].name, true, sentence, "/chain");
}

function checkCanonical(bytes, document, faults) {
  const name = "canonical form";
  if (document === null) {
    const shown = faults.slice(0, 5).map((fault) => [...fault].slice(0, 200).join(""));
    return found(name, false, `This is not a certificate: ${shown.join("; ")}.`);
  }
  let isSame = false;
  try {
    const written = new TextEncoder().encode(canonical(document));
    isSame =
      written.length === bytes.length && written.every((byte, index) => byte === bytes[index]);
  } catch {
    // What canonical JSON cannot say is not in canonical form.
  }
  if (isSame) return found(name, true, "Every byte is where RFC 8785 puts it.");
  const sentence =
    "The bytes are not in canonical form (RFC 8785): the file was changed or reformatted.";
  return found(name, false, sentence);
}

function checkSealed(document) {
  const isSealed = document.status === "sealed";
  const hasProof = "proof" in document;
  if (isSealed && document.chain !== null && hasProof) {
    return found("sealed", true, "The certificate is sealed.", "/status");
  }
  if (!isSealed && document.chain === null && !hasProof) {
    const sentence =
      "The retirement is accepted, but not yet sealed: it waits for the chain. " +
      "Download the certificate again later.";
    return found("sealed", false, sentence, "/status");
  }
  const sentence = "Its status does not fit its chain record and proof.";
  return found("sealed", false, sentence, "/status");
}

function unsealed(document) {
  const why = "Not checked: only a sealed certificate can be.";
  return NAMES.slice(2).map((name) =>
    name === "quantity" ? checkQuantity(document) : found(name, null, why),
  );
}

function checkDigest(document, digest) {
  const pointer = "/proof/digest";
  if (digest === undefined) return found("digest", null, UNABLE, pointer);
  if (digest === document.proof.digest) {
    return found("digest", true, `The contents have the SHA-256 ${digest}.`, pointer);
  }
  const sentence = "The contents do not have the SHA-256 that the proof states.";
  return found("digest", false, sentence, pointer);
}

async function checkSignature(document, digest) {
  const [name, pointer] = ["signature", "/proof/signature"];
  if (digest === undefined) return found(name, null, UNABLE, pointer);
  const isGood = digest !== null && (await isSigned(digest, document.proof));
  if (isGood === null) return found(name, null, NO_ED25519, pointer);
  if (isGood) {
    const sentence = `The key ${document.proof.publicKey} signed these contents.`;
    return found(name, true, sentence, pointer);
  }
  const sentence = "The signature does not belong to these contents and key.";
  return found(name, false, sentence, pointer);
}

function checkRegistryKey(document, trustedKeys, facts) {
  const [name, pointer] = ["registry key", "/proof/publicKey"];
  if (trustedKeys === null) {
    const sentence =
      "Not checked: whether the key that signed is the registry's. " +
      "Anybody can sign with a key of their own; compare it with the registry's published keys.";
    return found(name, null, sentence, pointer);
  }
  const matches = trustedKeys.filter((key) => key.publicKey === document.proof.publicKey);
  if (matches.length === 0) {
    const sentence = "The key it names is not one of the registry's keys.";
    return found(name, false, sentence, pointer);
  }
  const moment = noEarlierThan(document, facts);
  const heedStart = "sealedAt" in document;
  const sealsThen = ({ validFrom, validUntil }) =>
    (!heedStart || validFrom === null || validFrom <= moment) &&
    (validUntil === null || moment <= validUntil);
  if (!matches.some(sealsThen)) {
    const when = formatInstant(moment);
    const sentence = `The registry did not seal with this key at the time (${when}).`;
    return found(name, false, sentence, pointer);
  }
  return found(name, true, "The key it names is one of the registry's keys.", pointer);
}

// When it was sealed, as far as a stranger can tell: nothing is sealed before its block.
function noEarlierThan(document, facts) {
  const times = partsOf(document.chain)
    .map((chain) => factsOf(chain, facts)?.blockTime ?? null)
    .filter((time) => time !== null);
  if ("sealedAt" in document) times.push(Date.parse(document.sealedAt));
  return times.length > 0 ? Math.max(...times) : Date.parse(document.retiredAt);
}

function checkQuantity(document) {
  const [name, credits] = ["quantity", document.credits];
  let total = 0n;
  for (const [index, credit] of credits.entries()) {
    const [counted, stated] = [countOf(credit.units), parseTonnes(credit.quantity)];
    if (counted !== stated) {
      const sentence =
        `${credit.serial} states ${credit.quantity} t CO2e, ` +
        `but its units count ${formatTonnes(counted > 0n ? counted : 0n)} t.`;
      return found(name, false, sentence, `/credits/${index}/quantity`);
    }
    total += stated;
  }
  if (total !== parseTonnes(document.quantity)) {
    const sentence = "The credits do not add up to the certificate's quantity.";
    return found(name, false, sentence, "/quantity");
  }
  if (overlap(credits.map((credit) => credit.units))) {
    return found(name, false, "Two of its credits share a unit.", "/credits");
  }
  const sentence = `Units and credits add up to ${document.quantity} t CO2e.`;
  return found(name, true, sentence, "/quantity");
}

function checkRecordAgrees(document) {
  const name = "record and certificate";
  const [chains, credits] = [partsOf(document.chain), document.credits];
  if (credits.length !== chains.length) {
    const records = chains.length === 1 ? "One record" : `${chains.length} records`;
    const sentence = `${records} cannot speak for ${credits.length} credits.`;
    return found(name, false, sentence, "/credits");
  }
  if (Array.isArray(document.evidence) && !evidenceCovers(document)) {
    const sentence = "Its evidence is not that of its credits' projects.";
    return found(name, false, sentence, "/evidence");
  }
  for (const [index, credit] of credits.entries()) {
    const { metadata, record } = chains[index];
    const pointer = Array.isArray(document.chain) ? `/chain/${index}` : "/chain";
    if (recordFault(metadata, record) !== null) {
      const sentence =
        "The metadata the certificate quotes does not hold its record, once and whole.";
      return found(name, false, sentence, `${pointer}/metadata`);
    }
    const stated = {
      credit_id: credit.serial,
      project_id: credit.project.id,
      quantity: (credits.length === 1 ? document : credit).quantity,
      vintage: credit.vintage,
      retirement_reason: document.reason.normalize("NFC"),
      timestamp: document.retiredAt,
    };
    const differing = Object.keys(stated).filter((key) => joinText(record[key]) !== stated[key]);
    if (differing.length > 0) {
      const sentence = `Record and certificate differ in ${differing.join(", ")}.`;
      return found(name, false, sentence, `${pointer}/record/${differing[0]}`);
    }
  }
  const sentence = "Serial, project, quantity, vintage, reason and time are those of the record.";
  return found(name, true, sentence, "/chain");
}

// Each project of the credits has its evidence, once, and nothing else has.
function evidenceCovers(document) {
  const stated = document.evidence.map((evidence) => evidence.projectId).sort();
  const projects = [...new Set(document.credits.map((credit) => credit.project.id))].sort();
  return stated.length === projects.length && stated.every((id, index) => id === projects[index]);
}
