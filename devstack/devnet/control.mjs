// The control calls under /devnet: blocks, rollbacks, time and faults on command.
// An unknown field or a wrong value is refused with a sentence, and then nothing changes.

const MOST_BLOCKS = 100_000;
const MOST_SLOTS = 100_000_000;
const LONGEST_DELAY_MS = 600_000;

export class BadControl extends Error {}

/** The control calls by name; each takes the checked body and answers a JSON value. */
export function controls({ chain, faults, calls, producer }) {
  const hashes = (transactions) => transactions.map(({ hash }) => hash);
  return {
    mine(body) {
      const asked = checked(body, {
        blocks: whole(1, MOST_BLOCKS),
        slots: whole(1, MOST_SLOTS),
        empty: flag,
      });
      return chain.mine(asked).map(({ block, dropped }) => ({
        height: block.height,
        hash: block.hash,
        slot: block.slot,
        txs: hashes(block.transactions),
        size: block.size,
        expired_or_invalid: hashes(dropped),
      }));
    },

    rollback(body) {
      const limit = chain.rollbackLimit;
      const asked = checked(body, { blocks: whole(1, limit), requeue: flag });
      if (limit < 1) throw new BadControl('The chain holds only its genesis; nothing can be undone.');
      const { undone, dropped } = chain.rollback(asked);
      return {
        tip: chain.tip.height,
        undone: hashes(undone),
        requeued: asked.requeue ?? true,
        mempool: hashes(chain.mempool),
        dropped: hashes(dropped),
      };
    },

    slot(body) {
      const { slot, advance } = checked(body, {
        slot: whole(chain.tip.slot, chain.slot + MOST_SLOTS),
        advance: whole(0, MOST_SLOTS),
      });
      if ((slot === undefined) === (advance === undefined)) {
        throw new BadControl('Give either "slot" or "advance".');
      }
      const dropped = chain.skipTo(slot ?? chain.slot + advance);
      return { slot: chain.slot, dropped: hashes(dropped) };
    },

    fault(body) {
      const asked = checked(body, {
        status: whole(400, 599),
        html: whole(400, 599),
        empty: flag,
        lose_response: flag,
        delay_ms: whole(1, LONGEST_DELAY_MS),
        message: text,
        path: text,
        times: whole(1, MOST_BLOCKS),
        clear: flag,
      });
      if (asked.clear) faults.clear();
      else faults.arm(aFault(asked));
      return faults.list();
    },

    // How many of its newest blocks the door of Dolos shows; 0: all of them.
    history(body) {
      const { blocks } = checked(body, { blocks: whole(0, MOST_BLOCKS) });
      if (blocks === undefined) throw new BadControl('Give "blocks"; 0 keeps all of them.');
      chain.historyBlocks = blocks || Infinity;
      return { blocks };
    },

    interval(body) {
      const { block_seconds: seconds } = checked(body, { block_seconds: duration });
      if (seconds === undefined) throw new BadControl('Give "block_seconds"; 0 stops the blocks.');
      producer.every(seconds);
      return { block_seconds: producer.blockSeconds };
    },

    state(body) {
      checked(body, {});
      return {
        slot: chain.slot,
        tip: chain.tip.height,
        tip_hash: chain.tip.hash,
        tip_slot: chain.tip.slot,
        mempool: hashes(chain.mempool),
        block_seconds: producer.blockSeconds,
        faults: faults.list(),
        calls,
      };
    },
  };
}

function aFault({ clear: _, ...asked }) {
  const kinds = ['status', 'html', 'empty', 'lose_response', 'delay_ms'].filter((kind) => asked[kind]);
  if (kinds.length === 0) {
    throw new BadControl('A fault needs "status", "html", "empty", "lose_response" or "delay_ms".');
  }
  const answers = kinds.filter((kind) => kind !== 'delay_ms');
  if (answers.length > 1) {
    throw new BadControl(`A fault gives one answer, not ${answers.join(' and ')}.`);
  }
  return { path: '', times: 1, ...asked };
}

function checked(body, fields) {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new BadControl('The body must be a JSON object.');
  }
  const problems = Object.entries(body).flatMap(([name, value]) => {
    const rule = Object.hasOwn(fields, name) ? fields[name] : null;
    if (!rule) return [`"${name}" is not a field of this call.`];
    const expected = rule(value);
    return expected ? [`"${name}" must be ${expected}.`] : [];
  });
  if (problems.length) throw new BadControl(problems.join(' '));
  return body;
}

// A rule answers what the value must be, or null when it is that.
const whole = (least, most) => (value) =>
  Number.isInteger(value) && value >= least && value <= most
    ? null
    : `a whole number from ${least} to ${most}`;
const flag = (value) => (typeof value === 'boolean' ? null : 'true or false');
const text = (value) => (typeof value === 'string' ? null : 'a text');
const duration = (value) =>
  typeof value === 'number' && value >= 0 && value <= 86_400 ? null : 'a number of seconds from 0 to 86400';
