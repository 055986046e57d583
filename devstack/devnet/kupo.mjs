// The part of Kupo's HTTP contract that the registry reads (OpenAPI of Kupo 2.12), watching every address.

import { decode, field, Kind, untagged } from './cbor.mjs';
import { GENESIS_HASH } from './ledger.mjs';

const AUXILIARY_DATA_HASH = 7;
const CHECKPOINTS = 10;
const TEXT = 'text/plain;charset=utf-8';

const ROUTES = [
  [/^\/health$/, health],
  [/^\/checkpoints$/, (chain) => listed(chain.blocks.slice(-CHECKPOINTS).reverse().map(pointOf))],
  [/^\/checkpoints\/(\d+)$/, (chain, [slot], query) => listed(checkpoint(chain, Number(slot), query.has('strict')))],
  [/^\/patterns\/(.+)$/, () => listed(['*'])],
  [/^\/matches\/(.+)$/, (chain, [pattern], query) => matches(chain, pattern, query)],
  [/^\/metadata\/(\d+)$/, (chain, [slot], query) => metadata(chain, Number(slot), query.get('transaction_id'))],
];

/** The answer to a GET as `[status, body, type, headers]`. */
export function kupo(chain, request, path, query) {
  for (const [pattern, view] of ROUTES) {
    const match = path.match(pattern);
    if (match && request.method !== 'GET') return [405, refused('Only GET is served here.')];
    if (!match) continue;
    const [status, body, type = 'application/json', headers = {}] = view(chain, match.slice(1), query, request);
    return [status, body, type, { ...headers, ...freshness(chain) }];
  }
  return [404, refused('Endpoint not found.')];
}

const listed = (body) => [200, body];
const refused = (hint) => ({ hint });
const pointOf = ({ slot, hash }) => ({ slot_no: slot, header_hash: hash });

// Every answer says up to which block the index has read.
function freshness({ tip }) {
  return { 'X-Most-Recent-Checkpoint': String(tip.slot), ETag: tip.hash };
}

// As Kupo does, in the text of Prometheus for whoever takes anything.
function health(chain, _match, _query, request) {
  if (/\*\/\*|text\/plain/.test(request.headers.accept ?? '')) {
    return [200, '# TYPE kupo_connection_status gauge\nkupo_connection_status  1.0\n', TEXT];
  }
  return listed({
    connection_status: 'connected',
    most_recent_checkpoint: chain.tip.slot,
    most_recent_node_tip: chain.tip.slot,
    seconds_since_last_block: Math.max(0, chain.slot - chain.tip.slot),
    network_synchronization: 1,
    configuration: { indexes: 'installed' },
    version: 'karbonica-devnet',
  });
}

function checkpoint(chain, slot, strict) {
  const block = chain.blocks.findLast((candidate) => candidate.slot <= slot);
  if (!block || (strict && block.slot !== slot)) return null;
  return pointOf(block);
}

function matches(chain, pattern, query) {
  const wanted = wantedBy(pattern);
  if (!wanted) return [400, refused('Invalid pattern!')];
  if (query.has('spent') && query.has('unspent')) return [400, refused('Invalid filter query!')];
  const found = allOutputs(chain).filter(
    (output) =>
      wanted(output) &&
      !(query.has('unspent') && output.spent_at) &&
      !(query.has('spent') && !output.spent_at) &&
      BOUNDS.every(([name, holds]) => !query.has(name) || holds(output, Number(query.get(name)))),
  );
  return listed(query.get('order') === 'oldest_first' ? found : found.reverse());
}

// Bounds are slots, and inclusive ("spent at and after the given slot": Kupo's OpenAPI 2.12, and `>=`,
// `<=` and BETWEEN in its queries).
const BOUNDS = [
  ['created_after', ({ created_at }, slot) => created_at.slot_no >= slot],
  ['created_before', ({ created_at }, slot) => created_at.slot_no <= slot],
  ['spent_after', ({ spent_at }, slot) => spent_at !== null && spent_at.slot_no >= slot],
  ['spent_before', ({ spent_at }, slot) => spent_at !== null && spent_at.slot_no <= slot],
];

// Of Kupo's patterns: everything, one address, and the outputs of one transaction.
function wantedBy(pattern) {
  if (pattern === '*') return () => true;
  const reference = pattern.match(/^(\*|\d+)@([0-9a-f]{64})$/);
  if (reference) {
    const [, index, hash] = reference;
    return (output) => output.transaction_id === hash && (index === '*' || output.output_index === Number(index));
  }
  return /^addr(_test)?1[a-z0-9]+$/.test(pattern) ? (output) => output.address === pattern : null;
}

// Oldest first; counted again only when the chain has moved.
let counted = { tip: null, outputs: [] };

function allOutputs(chain) {
  if (counted.tip !== chain.tip.hash) counted = { tip: chain.tip.hash, outputs: [...outputsOf(chain)] };
  return [...counted.outputs];
}

function outputsOf(chain) {
  const spent = new Map();
  for (const transaction of chain.transactions.values()) {
    transaction.inputs.forEach(({ tx_hash, output_index }, index) => {
      spent.set(`${tx_hash}#${output_index}`, {
        ...pointOf(transaction.block),
        transaction_id: transaction.hash,
        input_index: index,
        redeemer: null,
      });
    });
  }
  const all = [genesisOf(chain), ...chain.transactions.values()];
  return all.flatMap(({ hash, index, block, outputs }) =>
    outputs.map((output, outputIndex) => ({
      transaction_index: index,
      transaction_id: hash,
      output_index: outputIndex,
      address: output.address,
      value: valueOf(output.amount),
      datum_hash: null,
      script_hash: null,
      created_at: pointOf(block),
      spent_at: spent.get(`${hash}#${outputIndex}`) ?? null,
    })),
  );
}

function genesisOf(chain) {
  const hash = GENESIS_HASH.toString('hex');
  const outputs = [];
  for (let output; (output = chain.output({ tx_hash: hash, output_index: outputs.length })); ) {
    outputs.push(output);
  }
  return { hash, index: 0, block: chain.blocks[0], outputs };
}

function valueOf([lovelace, ...assets]) {
  const named = assets.map(({ unit, quantity }) => [assetOf(unit), Number(quantity)]);
  return { coins: Number(lovelace.quantity), assets: Object.fromEntries(named) };
}

function assetOf(unit) {
  const [policy, name] = [unit.slice(0, 56), unit.slice(56)];
  return name ? `${policy}.${name}` : policy;
}

// Kupo fetches the block that follows the nearest one *before* the slot; its header's hash tells
// the reader which block that was.
function metadata(chain, slot, transactionId) {
  const block = chain.blocks.find((candidate) => candidate.slot >= slot);
  if (!block) return [400, refused('No known ancestor.')];
  const told = block.transactions
    .filter(({ hash, metadata }) => metadata.length && (transactionId ?? hash) === hash)
    .map(metadataView);
  return [200, told, 'application/json', { 'X-Block-Header-Hash': block.hash }];
}

function metadataView({ bytes, metadata }) {
  const [body, , , auxiliary] = decode(bytes).value;
  const contents = metadata.map(({ label, cbor }) => {
    const [[, content]] = decode(Buffer.from(cbor, 'hex')).value;
    return [label, detailed(content)];
  });
  return {
    hash: field(body, AUXILIARY_DATA_HASH).value.toString('hex'),
    schema: Object.fromEntries(contents),
    raw: auxiliary.raw.toString('hex'),
  };
}

// The "detailed schema" of cardano-cli: each value says of which kind it is.
function detailed(tagged) {
  const item = untagged(tagged);
  switch (item.kind) {
    case Kind.UNSIGNED:
    case Kind.NEGATIVE:
      return { int: Number(item.value) };
    case Kind.BYTES:
      return { bytes: item.value.toString('hex') };
    case Kind.ARRAY:
      return { list: item.value.map(detailed) };
    case Kind.MAP:
      return { map: item.value.map(([key, value]) => ({ k: detailed(key), v: detailed(value) })) };
    default:
      return { string: item.value };
  }
}
