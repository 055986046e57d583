// The checks of one certified credit against the chain: the network, its transaction, its record, its payer.
// domain/certificates/chain_checks.py of the registry, in the same words.

import { isObject } from "./json.mjs";
import { found, isBeyondHistory, knowsAllPayers } from "./results.mjs";

export const NOT_QUERIED = "the chain was not asked";
const CONFIRMATIONS_REQUIRED = 6;
const BEYOND_HISTORY =
  "this server does not keep the history in which the transaction is said to stand; ask one that keeps more";
const PAYER_UNKNOWN =
  "Not checked: this server does not show whose outputs the transaction spent; ask one that keeps more of the chain.";

export function checkNetwork(chain, networks, unasked) {
  const [name, pointer, stated] = ["network", "/network", printable(chain.network)];
  if ((chain.network === "mainnet") !== chain.platformAddress.startsWith("addr1")) {
    const sentence = `The address stated does not belong to Cardano ${stated}.`;
    return found(name, false, sentence, pointer);
  }
  if (networks === null) return found(name, null, `Not checked: ${unasked}.`, pointer);
  if (!networks.includes(chain.network)) {
    const asked = networks.join(" or ") || "a network of another name";
    const sentence = `It speaks of Cardano ${stated}, but the chain asked is ${asked}.`;
    return found(name, false, sentence, pointer);
  }
  const test = stated === "mainnet" ? "" : ", a test network";
  const sentence = `The chain asked is the one it speaks of: ${stated}${test}.`;
  return found(name, true, sentence, pointer);
}

export function checkTransaction(chain, facts, unasked) {
  const [name, pointer] = ["transaction", "/txHash"];
  if (facts === null || isBeyondHistory(facts)) {
    return found(name, null, notChecked(facts, unasked), pointer);
  }
  const seen = facts.inclusion;
  if (seen === null || seen.txHash !== chain.txHash) {
    const sentence =
      `The transaction is not on this chain (the certificate says ${printable(chain.network)}). ` +
      "It never was, or the chain was reorganised after sealing and it is not there any more; " +
      "then the registry has sealed the certificate again.";
    return found(name, false, sentence, pointer);
  }
  if (seen.confirmations < CONFIRMATIONS_REQUIRED) {
    const sentence =
      `Only ${seen.confirmations} blocks stand on top of the transaction; ` +
      `${CONFIRMATIONS_REQUIRED} are needed. Try again in a few minutes.`;
    return found(name, false, sentence, pointer);
  }
  const where = `block ${seen.blockHeight}, with ${seen.confirmations} blocks on top`;
  if (seen.blockHash !== chain.blockHash) {
    const sentence =
      `The transaction is in ${where}; another block than stated holds it now, ` +
      "because the chain was reorganised after sealing.";
    return found(name, true, sentence, pointer);
  }
  if (seen.blockHeight !== chain.blockHeight || seen.slot !== chain.slot) {
    const sentence = "The block stated has another height or slot on the chain.";
    return found(name, false, sentence, "/blockHeight");
  }
  return found(name, true, `The transaction is in ${where}, as stated.`, pointer);
}

export function checkChainRecord(chain, facts, unasked) {
  const [name, pointer] = ["chain record", "/record"];
  if (facts === null || isBeyondHistory(facts)) {
    return found(name, null, notChecked(facts, unasked), pointer);
  }
  if (facts.inclusion === null) {
    const sentence = "There is no transaction whose metadata could be compared.";
    return found(name, false, sentence, pointer);
  }
  const fault = recordFault(facts.payload, chain.record);
  const metadata = `The metadata on the chain (label ${chain.label})`;
  if (fault !== null) return found(name, false, `${metadata} ${fault}.`, pointer);
  return found(name, true, `${metadata} holds this record, field by field.`, pointer);
}

// What keeps a transaction's metadata from being proof of the record; null when it is.
export function recordFault(payload, record) {
  const claims = recordsIn(payload).filter(
    (one) => isSame(one.msg, record.msg) && isSame(one.credit_id, record.credit_id),
  );
  if (claims.length === 0) return "does not hold this record";
  const ours = claims.find((one) => isSame(one, record)) ?? claims[0];
  const differing = [...differences(record, ours, "")];
  if (differing.length > 0) return `does not hold this record: ${differing.join("; ")}`;
  if (claims.length > 1) {
    return `holds ${claims.length} such records of one serial, which is retired once`;
  }
  return null;
}

export function checkPayer(chain, facts, trustedAddresses, unasked) {
  const [name, pointer, address] = ["payer", "/platformAddress", chain.platformAddress];
  const published =
    trustedAddresses?.filter(
      (one) => one.address === address && [null, chain.network].includes(one.network),
    ) ?? null;
  if (published?.length === 0) {
    const sentence = "The address stated is not one of the registry's addresses on that network.";
    return found(name, false, sentence, pointer);
  }
  if (facts === null || isBeyondHistory(facts)) {
    return found(name, null, notChecked(facts, unasked), pointer);
  }
  const isUnknown = facts.inclusion !== null && !knowsAllPayers(facts);
  if (isUnknown && facts.paidBy.every((one) => one === address || one === "")) {
    return found(name, null, PAYER_UNKNOWN, pointer);
  }
  if (facts.paidBy.length === 0 || facts.paidBy.some((one) => one !== address)) {
    const sentence = "The transaction was not paid by the address stated.";
    return found(name, false, sentence, pointer);
  }
  if (published === null) {
    return found(name, true, "The transaction was paid by the address stated.", pointer);
  }
  return checkTime(published, facts);
}

function notChecked(facts, unasked) {
  return `Not checked: ${facts === null ? unasked : BEYOND_HISTORY}.`;
}

function checkTime(published, facts) {
  const [name, pointer] = ["payer", "/platformAddress"];
  const settled = published.filter((one) => !one.onlyByDatabase);
  if (settled.length === 0) {
    const sentence =
      "Not checked: that the address is the registry's own, only its database says;" +
      " whoever deploys the registry has not published it.";
    return found(name, null, sentence, pointer);
  }
  const isGivenUp = (one) => one.validUntil !== null && one.validUntil < facts.blockTime;
  if (facts.blockTime !== null && settled.every(isGivenUp)) {
    const sentence = "The registry had given up this address before the transaction.";
    return found(name, false, sentence, pointer);
  }
  const sentence = "The transaction was paid by one of the registry's addresses.";
  return found(name, true, sentence, pointer);
}

function recordsIn(payload) {
  if (!isObject(payload)) return [];
  const inner = Array.isArray(payload.records) ? payload.records : [payload];
  return inner.filter(isObject);
}

function isSame(one, other) {
  return differences(one, other, "").next().done;
}

// An RFC 6901 pointer for each place that differs.
function* differences(expected, seen, pointer) {
  if (isObject(expected) && isObject(seen)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(seen)])) {
      yield* differences(expected[key], seen[key], `${pointer}/${escaped(key)}`);
    }
  } else if (Array.isArray(expected) && Array.isArray(seen)) {
    for (let index = 0; index < Math.max(expected.length, seen.length); index += 1) {
      yield* differences(expected[index], seen[index], `${pointer}/${index}`);
    }
  } else if (expected !== seen) {
    yield pointer;
  }
}

function escaped(key) {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

// The network's name as far as it is safe to print: it is the certificate's own text.
function printable(network) {
  return /^[A-Za-z0-9]+$/.test(network) ? network : "another network";
}
