// Blocks, the mempool, time and rollbacks around the ledger rules.

import crypto from 'node:crypto';
import { GENESIS_HASH, Ledger } from './ledger.mjs';
import {
  MAX_BLOCK_BODY_BYTES,
  MEAN_SLOTS_PER_BLOCK,
  SECURITY_PARAMETER_BLOCKS,
  slotOf,
  timeOf,
} from './network.mjs';
import { readTransaction } from './transaction.mjs';

const SPENT =
  'ConwayMempoolFailure "All inputs are spent. Transaction has probably already been included" ';

export class Chain {
  blocks = [];
  transactions = new Map();
  // Each waiting transaction keeps the ledger just after it, so that a block which takes the first
  // n of them is made without applying anything again.
  mempool = [];
  // So many of the newest blocks, and what they hold, are shown at the door of Dolos.
  historyBlocks = Infinity;
  #funds;
  #outputs = new Map();
  #addresses = new Set();
  #slotsAhead = 0;
  #rollbacks = 0;
  #journal = null;
  #unixSeconds;

  /**
   * `genesis` is `{ slot, funds: [{ address, lovelace }] }`; `unixSeconds` is the clock.
   */
  constructor({ genesis, unixSeconds = () => Date.now() / 1000 }) {
    this.#unixSeconds = unixSeconds;
    this.#funds = genesis.funds;
    genesis.funds.forEach(({ address, lovelace }, index) => {
      const amount = [{ unit: 'lovelace', quantity: String(lovelace) }];
      this.#remember(GENESIS_HASH.toString('hex'), [{ address, amount }], index);
    });
    this.#append({ slot: genesis.slot, waiting: [] });
  }

  get tip() {
    return this.blocks.at(-1);
  }

  /** The state of the ledger after the last block. */
  get ledger() {
    // A block that came from the journal gets its state when somebody asks for it. Its
    // transactions were accepted in an earlier life and need not be judged again.
    this.tip.ledger ??= Ledger.after(this.#funds, this.transactions.values());
    return this.tip.ledger;
  }

  /** Follows the wall clock, plus the slots that control calls have skipped. */
  get slot() {
    return Math.max(slotOf(this.#unixSeconds()) + this.#slotsAhead, this.tip.slot);
  }

  /** Answers `{ hash }`, or `{ refusal }` in a node's words. */
  submit(bytes) {
    const before = this.mempool.at(-1)?.ledger ?? this.ledger;
    const { hash, ledger, refusal } = before.apply(bytes, this.slot);
    if (refusal) return { refusal: (this.#allInputsSpent(bytes, before) ? SPENT : '') + refusal };
    this.mempool.push({ ...readTransaction(bytes), hash, ledger });
    return { hash };
  }

  /** Make blocks, each `slots` after the one before. `empty` ones leave the mempool alone. */
  mine({ blocks = 1, slots = MEAN_SLOTS_PER_BLOCK, empty = false } = {}) {
    return Array.from({ length: blocks }, () => {
      this.#setClock(this.slot + slots);
      return this.forge({ empty });
    });
  }

  /** Make one block at the present slot, with what fits of the mempool in its order. */
  forge({ empty = false } = {}) {
    const slot = Math.max(this.slot, this.tip.slot + 1);
    const dropped = this.#dropExpired(slot);
    const waiting = empty ? [] : this.#fitting();
    const ledger = waiting.at(-1)?.ledger ?? this.ledger;
    this.mempool = this.mempool.slice(waiting.length);
    return { block: this.#append({ slot, waiting, ledger }), dropped };
  }

  /**
   * Undo the last blocks. With `requeue` their transactions wait again, as in a node that switched
   * to another fork; without it they are lost.
   */
  rollback({ blocks = 1, requeue = true } = {}) {
    const kept = this.blocks.length - blocks;
    const undone = this.blocks.slice(kept).flatMap((block) => block.transactions);
    this.blocks.length = kept;
    this.#rollbacks++;
    for (const { hash } of undone) this.transactions.delete(hash);
    this.#journal?.rolledBack(blocks);
    if (requeue) this.mempool = [...undone, ...this.mempool];
    return { undone, dropped: this.#revalidate(this.slot) };
  }

  /** How many blocks can be undone: no more than on the real network. */
  get rollbackLimit() {
    return Math.min(this.blocks.length - 1, SECURITY_PARAMETER_BLOCKS);
  }

  skipTo(slot) {
    this.#setClock(slot);
    return this.#dropExpired(this.slot);
  }

  /** Put back a block that this chain made in an earlier life. */
  replay({ slot, hash, transactions }) {
    const read = (transaction) => ({ ...readTransaction(transaction.bytes), hash: transaction.hash });
    this.#append({ slot, hash, waiting: transactions.map(read) });
    // Slots that were skipped stay skipped, or new blocks would be older than their parents.
    if (slot > this.slot - 1) this.#setClock(slot);
  }

  /** From now on every block and rollback is written down. */
  record(journal) {
    this.#journal = journal;
  }

  blockAt(hashOrHeight) {
    return /^\d+$/.test(hashOrHeight) && hashOrHeight.length < 64
      ? this.blocks[Number(hashOrHeight) - 1]
      : this.blocks.find((block) => block.hash === hashOrHeight);
  }

  output({ tx_hash, output_index }) {
    return this.#outputs.get(`${tx_hash}#${output_index}`);
  }

  knows(address) {
    return this.#addresses.has(address);
  }

  #setClock(slot) {
    this.#slotsAhead = slot - slotOf(this.#unixSeconds());
  }

  #append({ slot, waiting, ledger = null, hash }) {
    const previous = this.tip?.hash ?? null;
    const block = { height: this.blocks.length + 1, slot, time: timeOf(slot), previous, ledger };
    // A transaction of a block keeps no ledger of its own: the block's is enough to undo it.
    block.transactions = waiting.map(({ ledger: _, ...transaction }, index) => ({
      ...transaction,
      block,
      index,
    }));
    block.size = waiting.reduce((sum, { size }) => sum + size, 0);
    block.fees = waiting.reduce((sum, { fee }) => sum + fee, 0n);
    block.hash = hash ?? this.#hashOf(block);
    this.blocks.push(block);
    this.#forgetOldLedger();
    for (const transaction of block.transactions) {
      this.transactions.set(transaction.hash, transaction);
      this.#remember(transaction.hash, transaction.outputs);
    }
    this.#journal?.appended(block);
    return block;
  }

  // The same block made again on another fork has another hash, as on a real chain.
  #hashOf({ previous, slot, transactions }) {
    const hashes = transactions.map(({ hash }) => hash).join(',');
    const content = [previous, slot, hashes, this.#rollbacks].join('|');
    return crypto.createHash('blake2b512').update(content).digest('hex').slice(0, 64);
  }

  #forgetOldLedger() {
    const old = this.blocks[this.blocks.length - SECURITY_PARAMETER_BLOCKS - 2];
    if (old) old.ledger = null;
  }

  #remember(hash, outputs, firstIndex = 0) {
    outputs.forEach((output, index) => {
      this.#outputs.set(`${hash}#${firstIndex + index}`, output);
      this.#addresses.add(output.address);
    });
  }

  #fitting() {
    let size = 0;
    const end = this.mempool.findIndex((waiting) => (size += waiting.size) > MAX_BLOCK_BODY_BYTES);
    return end < 0 ? this.mempool : this.mempool.slice(0, end);
  }

  #dropExpired(slot) {
    const expired = this.mempool.some(({ ttl }) => ttl !== null && ttl <= slot);
    return expired ? this.#revalidate(slot) : [];
  }

  /** Apply the mempool again on the tip, and answer the transactions that no longer hold. */
  #revalidate(slot) {
    const dropped = [];
    const kept = [];
    for (const waiting of this.mempool) {
      const { ledger } = (kept.at(-1)?.ledger ?? this.ledger).apply(waiting.bytes, slot);
      if (ledger) kept.push({ ...waiting, ledger });
      else dropped.push(waiting);
    }
    this.mempool = kept;
    return dropped;
  }

  // Nodes answer with this sentence whenever no input is left, whatever the cause.
  #allInputsSpent(bytes, ledger) {
    try {
      const { inputs } = readTransaction(bytes);
      return inputs.length > 0 && !inputs.some((input) => ledger.holds(input));
    } catch {
      return false;
    }
  }
}
