// Asking a Blockfrost-compatible server that the reader names, and the registry for its published keys:
// tools/verify.py of the registry. GET requests alone, and no others than these.

import { checkDocument, statedBlocks, verdictOf } from "./checks.mjs";
import { isObject, parseJson } from "./json.mjs";
import { METADATA_LABEL } from "./schema.mjs";

export class CannotCheck extends Error {}

export const PUBLISHED_AT = "/.well-known/karbonica-registry.json";

const TIMEOUT_MILLISECONDS = 20_000;
const LAST_SECOND = 253_402_300_799;
const MAGICS = { devnet: 2, preview: 2, preprod: 1, mainnet: 764824073 };
const HEX_HASH = /^[0-9a-f]{64}$/;

// Everything the command does: {checks, verdict, trouble}; `trouble` is why it is not known whole.
export async function verify(bytes, { chain, projectId, registry, registryKey } = {}) {
  const trusted = await trustedBy(registry || null, registryKey || null);
  let [facts, networks, trouble] = [null, null, null];
  const blocks = chain ? statedBlocks(bytes) : new Map();
  if (blocks.size > 0) {
    try {
      const server = new Server(chain, projectId);
      networks = await server.networks();
      facts = new Map();
      for (const [txHash, stated] of blocks) {
        facts.set(txHash, await server.factsOf(txHash, stated));
      }
      trouble = unknownOf(chain, facts);
    } catch (error) {
      if (!(error instanceof CannotCheck)) throw error;
      // It may be false on its own evidence, which needs no chain to be said.
      [facts, networks, trouble] = [null, null, error.message];
    }
  }
  const checks = await checkDocument(bytes, {
    facts,
    networks,
    trustedKeys: trusted.keys,
    trustedAddresses: trusted.addresses,
  });
  return { checks, verdict: verdictOf(checks), trouble };
}

// What the server could not tell, and another one might.
function unknownOf(url, facts) {
  for (const { inclusion, standing, paidBy } of facts.values()) {
    if (inclusion === null && standing === "not_shown") {
      return `${url} does not keep the history in which a transaction stands.`;
    }
    if (inclusion !== null && (paidBy.length === 0 || paidBy.includes(""))) {
      return `${url} does not show whose outputs a transaction spent.`;
    }
  }
  return null;
}

async function trustedBy(registry, registryKey) {
  const published =
    registry === null ? { keys: null, addresses: null } : await publishedBy(registry);
  if (registryKey === null) return published;
  const pinned = registryKey.trim().toLowerCase();
  if (!HEX_HASH.test(pinned)) throw new CannotCheck("The registry's key has 64 hex digits.");
  // With the times in which the registry says that it seals, where it says so.
  const listed = (published.keys ?? []).filter((key) => key.publicKey === pinned);
  const alone = { publicKey: pinned, validFrom: null, validUntil: null };
  return { keys: listed.length > 0 ? listed : [alone], addresses: published.addresses };
}

async function publishedBy(url) {
  const list = await new Server(url).get(PUBLISHED_AT);
  const refusal = new CannotCheck(`${url}${PUBLISHED_AT} is not a registry's list of keys.`);
  if (!isObject(list)) throw refusal;
  const { certificateKeys: keys, platformAddresses: addresses } = list;
  const areLists = Array.isArray(keys) && Array.isArray(addresses);
  if (!areLists || ![...keys, ...addresses].every(isObject)) throw refusal;
  if (!keys.every((key) => "publicKey" in key)) throw refusal;
  if (!addresses.every((entry) => "address" in entry)) throw refusal;
  const instant = (value) => {
    if (value === null || value === undefined) return null;
    const shape = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;
    if (typeof value !== "string" || !shape.test(value)) throw refusal;
    // Without a zone it is UTC; for JavaScript it would be the reader's own.
    const found = Date.parse(/(Z|[+-]\d\d:\d\d)$|^.{10}$/.test(value) ? value : `${value}Z`);
    if (Number.isNaN(found)) throw refusal;
    return found;
  };
  return {
    keys: keys.map((key) => ({
      publicKey: String(key.publicKey),
      validFrom: instant(key.from),
      validUntil: instant(key.until),
    })),
    addresses: addresses.map((entry) => ({
      address: String(entry.address),
      network: entry.network ?? null,
      validUntil: instant(entry.until),
      onlyByDatabase: entry.source === "database",
    })),
  };
}

class Server {
  constructor(url, projectId) {
    if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
      throw new CannotCheck(`${url} is not an http address.`);
    }
    if (projectId && !/^[\x21-\x7e]+$/.test(projectId)) {
      throw new CannotCheck("The project id is no plain text.");
    }
    this.url = url.replace(/\/+$/, "");
    this.headers = projectId ? { project_id: projectId } : {};
  }

  // The JSON answer, or null for 404, Blockfrost's word for "not on this chain", or `unless`.
  async get(path, unless = 404) {
    let answer, bytes;
    try {
      answer = await fetch(this.url + path, {
        headers: this.headers,
        // A redirect would carry the project id to a server nobody named.
        redirect: "manual",
        credentials: "omit",
        referrerPolicy: "no-referrer",
        cache: "no-store",
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      });
      bytes = new Uint8Array(await answer.arrayBuffer());
    } catch {
      throw new CannotCheck(
        `${this.url} cannot be reached from this page: it is away, or lets no page of another origin ask it.`,
      );
    }
    if (answer.status === 404 || answer.status === unless) return null;
    if ([402, 403, 418].includes(answer.status)) {
      throw new CannotCheck(`${this.url} wants a valid project id.`);
    }
    if (answer.status !== 200) {
      const said = answer.status || "with a redirect";
      throw new CannotCheck(`${this.url} answered ${said}; try again later.`);
    }
    try {
      return parseJson(bytes, { strict: false });
    } catch {
      throw new CannotCheck(`${this.url} answered something that is not JSON.`);
    }
  }

  unlike() {
    return new CannotCheck(`${this.url} does not answer as Blockfrost does.`);
  }

  hashIn(answer, field) {
    const value = isObject(answer) ? answer[field] : null;
    if (typeof value !== "string" || !HEX_HASH.test(value)) throw this.unlike();
    return value;
  }

  async networks() {
    const genesis = await this.get("/genesis");
    const magic = isObject(genesis) ? (genesis.network_magic ?? null) : null;
    if (magic === null) return null;
    return Object.keys(MAGICS).filter((name) => MAGICS[name] === magic);
  }

  async factsOf(txHash, stated) {
    const transaction = await this.get(`/txs/${txHash}`);
    const block = isNothing(transaction)
      ? null
      : await this.get(`/blocks/${this.hashIn(transaction, "block")}`);
    if (isNothing(block)) {
      const standing = await this.standingOf(stated);
      return { inclusion: null, payload: null, paidBy: [], blockTime: null, standing };
    }
    const metadata = await this.get(`/txs/${txHash}/metadata`);
    const outputs = await this.get(`/txs/${txHash}/utxos`);
    const confirmations = Number(block.confirmations ?? Number.NaN);
    const isTimed = typeof block.time === "number" && block.time >= 0 && block.time <= LAST_SECOND;
    const isPlaced = ["hash", "height", "slot"].every((field) => field in block);
    if (!isObject(block) || !isPlaced || !isTimed || !Number.isSafeInteger(confirmations)) {
      throw this.unlike();
    }
    return {
      inclusion: {
        txHash: transaction.hash,
        blockHash: block.hash,
        blockHeight: block.height,
        slot: block.slot,
        confirmations,
      },
      payload: this.payloadOf(metadata),
      paidBy: this.payersOf(outputs),
      blockTime: block.time * 1000,
      standing: "stands",
    };
  }

  payloadOf(metadata) {
    if (isNothing(metadata)) return null;
    if (!Array.isArray(metadata)) throw this.unlike();
    let payload = null;
    for (const entry of metadata) {
      if (!isObject(entry) || !("label" in entry && "json_metadata" in entry)) throw this.unlike();
      if (String(entry.label) === String(METADATA_LABEL)) payload = entry.json_metadata;
    }
    return payload;
  }

  payersOf(outputs) {
    if (isNothing(outputs)) return [];
    if (!isObject(outputs) || !Array.isArray(outputs.inputs)) throw this.unlike();
    if (!outputs.inputs.every((entry) => isObject(entry))) throw this.unlike();
    // Collateral is only spent when a script fails, and reference inputs never are.
    const spent = outputs.inputs.filter((entry) => !entry.collateral && !entry.reference);
    if (!spent.every((entry) => "address" in entry)) throw this.unlike();
    return spent.map((entry) => entry.address || "");
  }

  async standingOf(stated) {
    for (const name of [stated.blockHash, String(stated.height)]) {
      // Dolos refuses the height of a block that it does not have.
      const block = await this.get(`/blocks/${name}`, 400);
      if (isObject(block) && (block.height ?? null) !== null) {
        const isSame = this.hashIn(block, "hash") === stated.blockHash;
        return isSame ? "stands" : "replaced";
      }
    }
    const tip = await this.get("/blocks/latest");
    if (!isObject(tip) || typeof tip.height !== "number") throw this.unlike();
    return tip.height < stated.height ? "replaced" : "not_shown";
  }
}

function isNothing(answer) {
  if (answer === null || answer === undefined) return true;
  return typeof answer === "object" ? Object.keys(answer).length === 0 : !answer;
}
