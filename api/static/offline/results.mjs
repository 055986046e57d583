// What each check finds, and the small things that several of them need.
//
// `passed` is true, false, or null when nobody looked, and the sentence then says why. Facts of the
// chain are {inclusion, payload, paidBy, blockTime, standing}; `inclusion` null: there is no such
// transaction, and `standing` is what stands where it is said to be: "stands", "replaced", "not_shown".

export function found(name, passed, sentence, pointer = "") {
  return { name, passed, sentence, pointer };
}

export function below(pointer, check) {
  return { ...check, pointer: pointer + check.pointer };
}

export function partsOf(value) {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

const NO_SUCH = Object.freeze({
  inclusion: null,
  payload: null,
  paidBy: [],
  blockTime: null,
  standing: "replaced",
});

// `facts` is a Map by transaction hash, or null when nobody asked the chain.
export function factsOf(chain, facts) {
  return facts === null ? null : (facts.get(chain.txHash) ?? NO_SUCH);
}

export function isBeyondHistory(facts) {
  return facts.inclusion === null && facts.standing === "not_shown";
}

export function knowsAllPayers(facts) {
  return facts.paidBy.length > 0 && facts.paidBy.every((address) => address !== "");
}

export function joinText(value) {
  return Array.isArray(value) ? value.join("") : value;
}

// Units are whole numbers that may be larger than JavaScript's own.
export function countOf(units) {
  return BigInt(units.last) - BigInt(units.first) + 1n;
}

export function formatInstant(milliseconds) {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

export function ascending(one, other) {
  const first = [one.first, other.first].map(BigInt);
  const last = [one.last, other.last].map(BigInt);
  const [a, b] = first[0] === first[1] ? last : first;
  return a < b ? -1 : a > b ? 1 : 0;
}

export function overlap(ranges) {
  const ordered = [...ranges].sort(ascending);
  return ordered.some((range, index) => index > 0 && ordered[index - 1].last >= range.first);
}
