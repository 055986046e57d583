// The chain's file: one JSON line for the genesis, then one for each block or rollback, in order.
// What was confirmed yesterday is therefore on the chain today. The mempool is not kept, as in a node.

import fs from 'node:fs';

export class Journal {
  #file;

  constructor(path) {
    this.path = path;
    this.#file = fs.openSync(path, 'a');
  }

  began(genesis) {
    this.#write({ genesis });
  }

  appended({ slot, hash, transactions }) {
    const written = transactions.map(({ hash, bytes }) => ({ hash, cbor: bytes.toString('hex') }));
    this.#write({ slot, hash, transactions: written });
  }

  rolledBack(blocks) {
    this.#write({ rollback: blocks });
  }

  #write(entry) {
    fs.writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }
}

/**
 * The genesis and the blocks that were not rolled back, or null for a file that does not exist.
 *
 * A last line without its end was being written when the process was killed; it is cut off.
 */
export function readJournal(path) {
  if (!fs.existsSync(path)) return null;
  const text = fs.readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) fs.truncateSync(path, Buffer.byteLength(whole));
  if (whole === '') return null;
  const [first, ...entries] = whole.trimEnd().split('\n').map((line) => JSON.parse(line));
  const blocks = [];
  for (const entry of entries) {
    if (entry.rollback) blocks.length -= entry.rollback;
    else blocks.push({ ...entry, transactions: entry.transactions.map(readWritten) });
  }
  return { genesis: first.genesis, blocks };
}

function readWritten({ hash, cbor }) {
  return { hash, bytes: Buffer.from(cbor, 'hex') };
}
