// What Blockfrost shows of a transaction, read from its signed bytes (Conway CDDL).

import { decode, encodeMap, field, Kind, untagged } from './cbor.mjs';
import { toBech32 } from './address.mjs';

const Body = Object.freeze({ INPUTS: 0, OUTPUTS: 1, FEE: 2, TTL: 3, VALID_FROM: 8 });

/** Amounts are BigInt lovelace; `ttl` and `validFrom` are slots or null. Throws on malformed bytes. */
export function readTransaction(bytes) {
  const [body, , , auxiliary] = decode(bytes).value;
  return {
    bytes: Buffer.from(bytes),
    size: bytes.length,
    fee: field(body, Body.FEE).value,
    ttl: slot(field(body, Body.TTL)),
    validFrom: slot(field(body, Body.VALID_FROM)),
    inputs: untagged(field(body, Body.INPUTS)).value.map(readInput),
    outputs: field(body, Body.OUTPUTS).value.map(readOutput),
    metadata: readMetadata(auxiliary),
  };
}

/** The outputs as they stand in the bytes, each a Buffer. */
export function rawOutputs(bytes) {
  const [body] = decode(bytes).value;
  return field(body, Body.OUTPUTS).value.map(({ raw }) => raw);
}

export function readInput(item) {
  const [hash, index] = untagged(item).value;
  return { tx_hash: hash.value.toString('hex'), output_index: Number(index.value) };
}

/** Both shapes of an output: the array of old eras and the map since Babbage. */
export function readOutput(item) {
  const output = untagged(item);
  const [address, value] =
    output.kind === Kind.ARRAY ? output.value : [field(output, 0), field(output, 1)];
  return { address: toBech32(address.value), amount: readAmount(value) };
}

function readAmount(value) {
  const [lovelace, assets] = value.kind === Kind.ARRAY ? value.value : [value, null];
  const amount = [{ unit: 'lovelace', quantity: lovelace.value.toString() }];
  for (const [policy, names] of assets?.value ?? []) {
    for (const [name, quantity] of names.value) {
      const unit = policy.value.toString('hex') + name.value.toString('hex');
      amount.push({ unit, quantity: quantity.value.toString() });
    }
  }
  return amount;
}

// Auxiliary data comes in three shapes: metadata alone, an array that begins with it, or tag 259
// around a map that holds it under 0.
function readMetadata(auxiliary) {
  if (!auxiliary || auxiliary.kind === Kind.SIMPLE) return [];
  let labels = auxiliary;
  if (auxiliary.kind === Kind.ARRAY) labels = auxiliary.value[0];
  if (auxiliary.kind === Kind.TAG) labels = field(untagged(auxiliary), 0);
  return (labels?.value ?? []).map(([label, content]) => ({
    label: label.value.toString(),
    json: plainJson(content),
    cbor: encodeMap([[label.raw, content.raw]]).toString('hex'),
  }));
}

// The "no schema" JSON of cardano-cli, which Blockfrost answers with.
function plainJson(item) {
  switch (item.kind) {
    case Kind.UNSIGNED:
    case Kind.NEGATIVE:
      return Number(item.value);
    case Kind.BYTES:
      return `0x${item.value.toString('hex')}`;
    case Kind.ARRAY:
      return item.value.map(plainJson);
    case Kind.MAP:
      return Object.fromEntries(item.value.map(([key, value]) => [String(plainJson(key)), plainJson(value)]));
    default:
      return item.value;
  }
}

function slot(item) {
  return item === undefined ? null : Number(item.value);
}
