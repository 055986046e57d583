// The part of Ogmios v6's JSON-RPC that the registry calls (specification v6.14): over HTTP one call
// each, over a WebSocket with the cursor of chain synchronization.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  epochOf,
  MAX_BLOCK_BODY_BYTES,
  NETWORK_MAGIC,
  SECURITY_PARAMETER_BLOCKS,
  SLOTS_PER_EPOCH,
  SYSTEM_START,
  timeOf,
} from './network.mjs';
import { readTransaction } from './transaction.mjs';

const PARAMETERS = JSON.parse(readFileSync(new URL('./preview-params.json', import.meta.url)));
const NEXT_BLOCK_LOOK_MS = 20;
const ORIGIN = 'origin';
const ERAS = ['shelley', 'allegra', 'mary', 'alonzo', 'babbage', 'conway'];
const PROTOCOL_VERSION = { major: PARAMETERS.protocol_major_ver, minor: PARAMETERS.protocol_minor_ver };

class RpcError extends Error {
  constructor(code, message, data) {
    super(message);
    this.content = data === undefined ? { code, message } : { code, message, data };
  }
}

/** One client's connection: where its cursor stands, and whether it must be told so first. */
export class Session {
  #chain;
  #cursor = null;
  #mustRollBack = true;
  #open = true;

  constructor(chain) {
    this.#chain = chain;
  }

  /** Answers a JSON-RPC object; with an `error` in it when the call was refused. */
  async answer({ method, params, id = null }) {
    const common = { jsonrpc: '2.0', method };
    try {
      if (!Object.hasOwn(METHODS, method)) throw new RpcError(-32601, `Invalid request: unknown method ${method}.`);
      return { ...common, result: await METHODS[method](this.#chain, params ?? {}, this), id };
    } catch (error) {
      if (error instanceof RpcError) return { ...common, error: error.content, id };
      throw error;
    }
  }

  close() {
    this.#open = false;
  }

  findIntersection({ points = [] }) {
    for (const point of points) {
      const block = point === ORIGIN ? null : this.#chain.blockAt(point.id);
      if (point !== ORIGIN && block?.slot !== point.slot) continue;
      this.#cursor = block;
      this.#mustRollBack = true;
      return { intersection: pointOf(block), tip: tipOf(this.#chain) };
    }
    throw new RpcError(1000, 'No intersection found.', { tip: tipOf(this.#chain) });
  }

  async nextBlock() {
    if (this.#cursor && this.#chain.blockAt(this.#cursor.hash) !== this.#cursor) {
      this.#cursor = this.#chain.blockAt(this.#cursor.previous ?? '') ?? null;
      this.#mustRollBack = true;
    }
    if (this.#mustRollBack) {
      this.#mustRollBack = false;
      return { direction: 'backward', point: pointOf(this.#cursor), tip: tipOf(this.#chain) };
    }
    const height = this.#cursor?.height ?? 0;
    while (this.#open && !this.#chain.blocks[height]) await sleep(NEXT_BLOCK_LOOK_MS);
    this.#cursor = this.#chain.blocks[height];
    return { direction: 'forward', block: blockView(this.#cursor), tip: tipOf(this.#chain) };
  }
}

const METHODS = {
  findIntersection: (_chain, params, session) => session.findIntersection(params),
  nextBlock: (_chain, _params, session) => session.nextBlock(),
  'queryNetwork/tip': (chain) => pointOf(chain.tip),
  'queryNetwork/blockHeight': (chain) => chain.tip.height,
  'queryNetwork/startTime': () => new Date(SYSTEM_START * 1000).toISOString(),
  'queryNetwork/genesisConfiguration': (_chain, { era }) => genesisOf(era),
  'queryLedgerState/tip': (chain) => pointOf(chain.tip),
  'queryLedgerState/epoch': (chain) => epochOf(chain.slot),
  'queryLedgerState/eraSummaries': (chain) => eraSummaries(chain),
  'queryLedgerState/protocolParameters': () => protocolParameters(),
  submitTransaction: (chain, params) => submitTransaction(chain, params),
};

/** The body of `/health`. */
export function ogmiosHealth(chain) {
  return {
    startTime: new Date(timeOf(chain.blocks[0].slot) * 1000).toISOString(),
    lastKnownTip: tipOf(chain),
    lastTipUpdate: new Date(timeOf(chain.tip.slot) * 1000).toISOString(),
    networkSynchronization: 1,
    currentEra: 'conway',
    connectionStatus: 'connected',
    currentEpoch: epochOf(chain.slot),
    slotInEpoch: chain.slot % SLOTS_PER_EPOCH,
    version: 'karbonica-devnet',
    network: 'preview',
  };
}

const pointOf = (block) => (block ? { slot: block.slot, id: block.hash } : ORIGIN);
const tipOf = ({ tip }) => ({ ...pointOf(tip), height: tip.height });
const ada = (lovelace) => ({ ada: { lovelace: Number(lovelace) } });
const bytes = (count) => ({ bytes: Number(count) });

// Whoever made the block: nobody, here.
const ISSUER = {
  verificationKey: '00'.repeat(32),
  vrfVerificationKey: '00'.repeat(32),
  operationalCertificate: { count: 0, kes: { period: 0, verificationKey: '00'.repeat(32) } },
  leaderValue: {},
};

function blockView({ hash, previous, height, slot, size, transactions }) {
  return {
    type: 'praos',
    era: 'conway',
    id: hash,
    ancestor: previous ?? 'genesis',
    height,
    slot,
    size: bytes(size),
    protocol: { version: PROTOCOL_VERSION },
    issuer: ISSUER,
    transactions: transactions.map(transactionView),
  };
}

// Without metadata and signatures, which nobody reads here.
function transactionView({ hash, inputs, outputs, fee }) {
  return {
    id: hash,
    spends: 'inputs',
    inputs: inputs.map(({ tx_hash, output_index }) => ({ transaction: { id: tx_hash }, index: output_index })),
    outputs: outputs.map(({ address, amount }) => ({ address, value: valueOf(amount) })),
    fee: ada(fee),
    signatories: [],
  };
}

function valueOf([lovelace, ...assets]) {
  const value = ada(lovelace.quantity);
  for (const { unit, quantity } of assets) {
    (value[unit.slice(0, 56)] ??= {})[unit.slice(56)] = Number(quantity);
  }
  return value;
}

// One era since the beginning, and as on the real network its end is known for an epoch ahead.
function eraSummaries(chain) {
  const bound = (epoch) => ({
    time: { seconds: epoch * SLOTS_PER_EPOCH },
    slot: epoch * SLOTS_PER_EPOCH,
    epoch,
  });
  return [
    {
      start: bound(0),
      end: bound(epochOf(chain.slot) + 1),
      parameters: { epochLength: SLOTS_PER_EPOCH, slotLength: { milliseconds: 1000 }, safeZone: 25920 },
    },
  ];
}

function protocolParameters() {
  return {
    minFeeCoefficient: PARAMETERS.min_fee_a,
    minFeeConstant: ada(PARAMETERS.min_fee_b),
    minUtxoDepositCoefficient: Number(PARAMETERS.coins_per_utxo_size),
    minUtxoDepositConstant: ada(0),
    maxBlockBodySize: bytes(MAX_BLOCK_BODY_BYTES),
    maxBlockHeaderSize: bytes(PARAMETERS.max_block_header_size),
    maxTransactionSize: bytes(PARAMETERS.max_tx_size),
    maxValueSize: bytes(PARAMETERS.max_val_size),
    stakeCredentialDeposit: ada(PARAMETERS.key_deposit),
    stakePoolDeposit: ada(PARAMETERS.pool_deposit),
    stakePoolRetirementEpochBound: PARAMETERS.e_max,
    stakePoolPledgeInfluence: '3/10',
    minStakePoolCost: ada(PARAMETERS.min_pool_cost),
    desiredNumberOfStakePools: PARAMETERS.n_opt,
    monetaryExpansion: '3/1000',
    treasuryExpansion: '1/5',
    version: PROTOCOL_VERSION,
  };
}

// Of Shelley's genesis what a client can go by; the delegates and pools of a new chain are none.
function genesisOf(era) {
  if (era !== 'shelley') {
    throw new RpcError(-32602, 'Invalid parameters: the devnet shows the genesis of "shelley" only.');
  }
  return {
    era,
    startTime: new Date(SYSTEM_START * 1000).toISOString(),
    networkMagic: NETWORK_MAGIC,
    network: 'testnet',
    activeSlotsCoefficient: '1/20',
    securityParameter: SECURITY_PARAMETER_BLOCKS,
    epochLength: SLOTS_PER_EPOCH,
    slotsPerKesPeriod: 129600,
    maxKesEvolutions: 62,
    slotLength: { milliseconds: 1000 },
    updateQuorum: 5,
    maxLovelaceSupply: 45000000000000000,
    initialParameters: {},
    initialDelegates: [],
    initialFunds: {},
    initialStakePools: { stakePools: {}, delegators: {} },
  };
}

function submitTransaction(chain, { transaction }) {
  if (!/^([0-9a-f]{2})+$/.test(transaction?.cbor ?? '')) {
    throw new RpcError(-32602, 'Invalid parameters: "transaction.cbor" must be a base16 text.');
  }
  const signed = Buffer.from(transaction.cbor, 'hex');
  const { hash, refusal } = chain.submit(signed);
  if (refusal) throw failureOf(chain, signed, refusal);
  return { transaction: { id: hash } };
}

function failureOf(chain, signed, refusal) {
  if (!isReadable(signed) || refusal.startsWith('DeserialiseFailure')) {
    const everyEra = Object.fromEntries(ERAS.map((era) => [era, refusal]));
    return new RpcError(-32602, 'Invalid transaction; it looks like the given transaction wasn\'t well-formed.', everyEra);
  }
  const { ttl } = readTransaction(signed);
  if (ttl !== null && ttl <= chain.slot) {
    const data = { validityInterval: { invalidAfter: ttl }, currentSlot: chain.slot };
    return new RpcError(3118, 'The transaction is outside of its validity interval.', data);
  }
  return new RpcError(3997, 'The transaction was rejected by the mempool.', { error: refusal });
}

function isReadable(signed) {
  try {
    return Boolean(readTransaction(signed));
  } catch {
    return false;
  }
}
