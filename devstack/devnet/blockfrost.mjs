// The part of Blockfrost's HTTP contract that the registry reads (OpenAPI of Blockfrost 0.1), and its
// refusals. What a server shows of old blocks is up to a `history` (see `wholeHistory`).

import { readFileSync } from 'node:fs';
import { isOfTestNetwork } from './address.mjs';
import {
  epochOf,
  MAX_BLOCK_BODY_BYTES,
  NETWORK_MAGIC,
  SECURITY_PARAMETER_BLOCKS,
  SLOTS_PER_EPOCH,
  SYSTEM_START,
  timeOf,
} from './network.mjs';

const PARAMETERS = JSON.parse(readFileSync(new URL('./preview-params.json', import.meta.url)));
const PAGE_LENGTH = 100;
const NO_DATUM = { data_hash: null, inline_datum: null, reference_script_hash: null };
const NO_CERTIFICATES = {
  withdrawal_count: 0,
  mir_cert_count: 0,
  delegation_count: 0,
  stake_cert_count: 0,
  pool_update_count: 0,
  pool_retire_count: 0,
  asset_mint_or_burn_count: 0,
  redeemer_count: 0,
  treasury_donation: '0',
};

const ROUTES = [
  [/^\/?$/, () => ({ url: 'http://127.0.0.1/', version: 'karbonica-devnet' })],
  [/^\/health$/, () => ({ is_healthy: true })],
  [/^\/health\/clock$/, () => ({ server_time: Date.now() })],
  [/^\/genesis$/, () => GENESIS],
  [/^\/epochs\/latest$/, ({ chain }) => epoch(chain)],
  [/^\/epochs\/(?:latest|\d+)\/parameters$/, ({ chain }) => parameters(chain)],
  [/^\/blocks\/latest$/, ({ chain }) => blockView(chain, chain.tip)],
  [/^\/blocks\/([^/]+)$/, ({ chain, history }, [id]) => found(history.block(blockId(id)), (block) => blockView(chain, block))],
  [/^\/blocks\/([^/]+)\/txs$/, ({ history }, [id], query) => found(history.block(blockId(id)), (block) => page(block.transactions.map(({ hash }) => hash), query))],
  [/^\/txs\/([^/]+)$/, ({ history }, [hash]) => found(history.transaction(txHash(hash)), transactionView)],
  [/^\/txs\/([^/]+)\/metadata$/, ({ history }, [hash]) => found(history.transaction(txHash(hash)), metadataView)],
  [/^\/txs\/([^/]+)\/metadata\/cbor$/, ({ history }, [hash]) => found(history.transaction(txHash(hash)), metadataCborView)],
  [/^\/txs\/([^/]+)\/cbor$/, ({ history }, [hash]) => found(history.transaction(txHash(hash)), ({ bytes }) => ({ cbor: bytes.toString('hex') }))],
  [/^\/txs\/([^/]+)\/utxos$/, ({ history }, [hash]) => found(history.transaction(txHash(hash)), (transaction) => outputsView(history, transaction))],
  [/^\/addresses\/([^/]+)\/utxos$/, ({ chain }, [address], query) => chain.knows(testAddress(address)) ? page(unspentView(chain, address), query) : null],
  [/^\/addresses\/([^/]+)\/transactions$/, ({ chain, history }, [address], query) => chain.knows(testAddress(address)) ? page(between(historyView(chain, history, address), query), query) : null],
  [/^\/mempool$/, ({ chain }, _, query) => page(chain.mempool.map(({ hash }) => ({ tx_hash: hash })), query)],
  [/^\/mempool\/([^/]+)$/, ({ chain }, [hash]) => found(chain.mempool.find((waiting) => waiting.hash === txHash(hash)), waitingView)],
  [/^\/metadata\/txs\/labels\/(\d+)$/, ({ history }, [label], query) => labelled(history, label, query)],
];

const GENESIS = {
  active_slots_coefficient: 0.05,
  update_quorum: 5,
  max_lovelace_supply: '45000000000000000',
  network_magic: NETWORK_MAGIC,
  epoch_length: SLOTS_PER_EPOCH,
  system_start: SYSTEM_START,
  slots_per_kes_period: 129600,
  slot_length: 1,
  max_kes_evolutions: 62,
  security_param: SECURITY_PARAMETER_BLOCKS,
};

/** What Blockfrost answers with 400; the message is one of its own. */
export class BadRequest extends Error {}

/** What a server shows that keeps every block. */
export const wholeHistory = (chain) => ({
  block: (id) => chain.blockAt(id),
  transaction: (hash) => chain.transactions.get(hash),
  transactions: () => [...chain.transactions.values()],
  output: (input) => chain.output(input),
});

/** What a server shows that keeps only the newest blocks: of older ones neither they nor what they hold. */
export function shortHistory(chain) {
  const kept = (block) => block && block.height > chain.tip.height - chain.historyBlocks;
  const transaction = (hash) => {
    const known = chain.transactions.get(hash);
    return known && kept(known.block) ? known : undefined;
  };
  return {
    block: (id) => [chain.blockAt(id)].find(kept),
    transaction,
    transactions: () => [...chain.transactions.values()].filter(({ block }) => kept(block)),
    // Whose output was spent, only the transaction that made it says.
    output: (input) => (transaction(input.tx_hash) ? chain.output(input) : { address: '', amount: [] }),
  };
}

/** The body of the answer to a GET, or null for what Blockfrost answers with 404; may throw BadRequest. */
export function read(chain, history, path, query) {
  for (const [pattern, view] of ROUTES) {
    const match = path.match(pattern);
    if (!match) continue;
    checkPaging(query);
    return view({ chain, history }, match.slice(1), query) ?? null;
  }
  return null;
}

function blockId(id) {
  if (/^\d+$/.test(id) && Number(id) <= 2_147_483_647) return id;
  if (/^[0-9a-f]{64}$/.test(id)) return id;
  throw new BadRequest('Missing, out of range or malformed block number or hash.');
}

function txHash(hash) {
  if (/^[0-9a-f]{64}$/.test(hash)) return hash;
  throw new BadRequest('Invalid or malformed transaction hash.');
}

function testAddress(address) {
  if (isOfTestNetwork(address)) return address;
  throw new BadRequest('Invalid address for this network or malformed address format.');
}

function checkPaging(query) {
  const whole = (name, most) => {
    const text = query.get(name);
    if (text === null) return;
    if (!/^-?\d+$/.test(text)) throw new BadRequest(`querystring/${name} must be integer`);
    if (Number(text) < 1) throw new BadRequest(`querystring/${name} must be >= 1`);
    if (Number(text) > most) throw new BadRequest(`querystring/${name} must be <= ${most}`);
  };
  whole('count', PAGE_LENGTH);
  whole('page', 21_474_836);
  if (!['asc', 'desc', null].includes(query.get('order'))) {
    throw new BadRequest('querystring/order must be equal to one of the allowed values');
  }
  for (const name of ['from', 'to']) {
    if (!/^\d+(:\d+)?$/.test(query.get(name) ?? '0')) {
      throw new BadRequest('Invalid (malformed or out of range) from/to parameter(s).');
    }
  }
}

const found = (thing, view) => (thing === undefined ? null : view(thing));

function page(items, query) {
  const length = Number(query.get('count') ?? PAGE_LENGTH);
  const number = Number(query.get('page') ?? 1);
  const ordered = query.get('order') === 'desc' ? [...items].reverse() : items;
  return ordered.slice((number - 1) * length, number * length);
}

// `from` and `to` are heights, each with an index in its block or without.
function between(entries, query) {
  const place = (name, rest) => {
    const [height, index] = (query.get(name) ?? '').split(':');
    return height === '' ? null : { height: Number(height), index: Number(index ?? rest) };
  };
  const [from, to] = [place('from', 0), place('to', Infinity)];
  const order = (entry, { height, index }) => entry.block_height - height || entry.tx_index - index;
  return entries.filter((entry) => (!from || order(entry, from) >= 0) && (!to || order(entry, to) <= 0));
}

function epoch(chain) {
  const number = epochOf(chain.slot);
  const start = timeOf(number * SLOTS_PER_EPOCH);
  return {
    epoch: number,
    start_time: start,
    end_time: start + SLOTS_PER_EPOCH,
    first_block_time: start,
    last_block_time: chain.tip.time,
    block_count: chain.blocks.length,
    tx_count: chain.transactions.size,
    output: '0',
    fees: '0',
    active_stake: null,
  };
}

function parameters(chain) {
  return { ...PARAMETERS, max_block_size: MAX_BLOCK_BODY_BYTES, epoch: epochOf(chain.slot) };
}

function blockView(chain, block) {
  return {
    time: block.time,
    height: block.height,
    hash: block.hash,
    slot: block.slot,
    epoch: epochOf(block.slot),
    epoch_slot: block.slot % SLOTS_PER_EPOCH,
    slot_leader: 'pool1devnet',
    size: block.size,
    tx_count: block.transactions.length,
    output: null,
    fees: block.fees.toString(),
    block_vrf: null,
    op_cert: null,
    op_cert_counter: null,
    previous_block: block.previous,
    next_block: chain.blocks[block.height]?.hash ?? null,
    confirmations: chain.tip.height - block.height,
  };
}

function transactionView(transaction) {
  const { block } = transaction;
  const lovelace = transaction.outputs.reduce((sum, { amount }) => sum + BigInt(amount[0].quantity), 0n);
  return {
    hash: transaction.hash,
    block: block.hash,
    block_height: block.height,
    block_time: block.time,
    slot: block.slot,
    index: transaction.index,
    output_amount: [{ unit: 'lovelace', quantity: lovelace.toString() }],
    deposit: '0',
    ...charges(transaction),
    utxo_count: transaction.inputs.length + transaction.outputs.length,
    ...NO_CERTIFICATES,
  };
}

function charges({ fee, size, validFrom, ttl }) {
  return {
    fees: fee.toString(),
    size,
    invalid_before: validFrom?.toString() ?? null,
    invalid_hereafter: ttl?.toString() ?? null,
    valid_contract: true,
  };
}

function waitingView(waiting) {
  const { hash, inputs, outputs } = waiting;
  return { tx: { hash, ...charges(waiting) }, inputs, outputs, redeemers: [] };
}

function metadataView({ metadata }) {
  return metadata.map(({ label, json }) => ({ label, json_metadata: json }));
}

function metadataCborView({ metadata }) {
  return metadata.map(({ label, cbor }) => ({ label, cbor_metadata: `\\x${cbor}`, metadata: cbor }));
}

function outputsView(history, { hash, inputs, outputs }) {
  return {
    hash,
    inputs: inputs.map((input) => ({
      ...history.output(input),
      ...input,
      ...NO_DATUM,
      collateral: false,
      reference: false,
    })),
    outputs: outputs.map((output, index) => ({
      ...output,
      output_index: index,
      ...NO_DATUM,
      collateral: false,
      consumed_by_tx: null,
    })),
  };
}

function unspentView(chain, address) {
  const own = chain.ledger.unspent().filter((output) => output.address === address);
  return own.map(({ tx_hash, output_index, amount }) => ({
    address,
    tx_hash,
    tx_index: output_index,
    output_index,
    amount,
    block: (chain.transactions.get(tx_hash)?.block ?? chain.blocks[0]).hash,
    ...NO_DATUM,
  }));
}

function historyView(chain, history, address) {
  const touches = ({ inputs, outputs }) =>
    outputs.some((output) => output.address === address) ||
    inputs.some((input) => chain.output(input)?.address === address);
  return history.transactions().filter(touches).map(({ hash, index, block }) => ({
    tx_hash: hash,
    tx_index: index,
    block_height: block.height,
    block_time: block.time,
  }));
}

function labelled(history, label, query) {
  const entries = history.transactions().flatMap(({ hash, metadata }) =>
    metadata
      .filter((entry) => entry.label === label)
      .map(({ json }) => ({ tx_hash: hash, json_metadata: json })),
  );
  return entries.length ? page(entries, query) : null;
}
