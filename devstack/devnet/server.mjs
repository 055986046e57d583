// A Cardano chain on a laptop.
//   node server.mjs --port 3100 --fund addr_test1...=2500000000 [--fund ...] [--block-seconds 1] [--file chain.jsonl]
// Listens on 127.0.0.1 only. With --file the chain is kept there and comes back at the next start.

import { parseArgs } from 'node:util';
import { Chain } from './chain.mjs';
import { httpServer } from './http.mjs';
import { Journal, readJournal } from './journal.mjs';
import { slotOf } from './network.mjs';
import { BlockProducer } from './producer.mjs';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '3100' },
    fund: { type: 'string', multiple: true, default: [] },
    'block-seconds': { type: 'string', default: '1' },
    file: { type: 'string' },
  },
});
const funds = options.fund.map((text) => {
  const [address, lovelace] = text.split('=');
  return { address, lovelace };
});

const chain = options.file ? keptChain(options.file) : newChain();
const producer = new BlockProducer(chain);
// The first block makes the tip as young as the clock, however long the chain was not running.
chain.forge();
producer.every(Number(options['block-seconds']));
httpServer({ chain, producer }).listen(Number(options.port), '127.0.0.1', () => {
  console.log(`The devnet listens on ${options.port}, at block ${chain.tip.height}, slot ${chain.slot}.`);
});

function newChain() {
  return new Chain({ genesis: { slot: slotOf(Date.now() / 1000), funds } });
}

function keptChain(path) {
  const kept = readable(path);
  const chain = kept ? replayed(path, kept) : newChain();
  const journal = new Journal(path);
  if (!kept) journal.began({ slot: chain.tip.slot, funds });
  chain.record(journal);
  return chain;
}

function readable(path) {
  try {
    return readJournal(path);
  } catch (error) {
    return fail(`The chain in ${path} cannot be read (${error.message}); remove that file to begin a new chain.`);
  }
}

function replayed(path, { genesis, blocks }) {
  if (JSON.stringify(genesis.funds) !== JSON.stringify(funds)) {
    fail(`The chain in ${path} funds other addresses than the ones asked for; remove that file to begin a new chain.`);
  }
  const chain = new Chain({ genesis });
  for (const block of blocks) chain.replay(block);
  return chain;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
