// The answers of Blockfrost's contract as Dolos gives them (its MiniBF, seen of 1.7.0-alpha.0): the same
// content, in other words or in none (docs/chain-providers.md).

const WORDLESS = /^GET \/(txs|mempool)\//;

/** `said` is the call, as the faults name it; `answer` is `[status, content, ...]`. */
export function asDolos(said, answer) {
  const [status, content, type] = answer;
  // A fault on request answers as it was told to.
  if (type !== undefined || content?.message === 'A fault on request.') return answer;
  if (said === 'POST /tx/submit') return status === 200 ? [200, content, 'text/plain'] : empty(status);
  // A height that it does not have, too.
  if (status === 404 && /^GET \/blocks\/\d+$/.test(said)) return empty(400);
  if (status === 400 || (status === 404 && WORDLESS.test(said))) return empty(status);
  if (said === 'GET /txs/{hash}' && status === 200) return [200, { ...content, size: content.size - 1 }];
  if (said === 'GET /txs/{hash}/metadata' && status === 200) return [200, content.map(turned)];
  return answer;
}

const empty = (status) => [status, '', null];

// Dolos gives a map's keys in another order at every call; here, in the reverse one.
function turned(value) {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, held]) => [key, turned(held)]));
}
