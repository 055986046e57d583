// A reader of CBOR (RFC 8949) that keeps the bytes of every item, and the few encoders the genesis needs.
//
// The bytes are kept because a transaction must be shown exactly as it was signed: decoding and
// encoding again may choose other bytes for the same value, and then the hash no longer fits.

export const Kind = Object.freeze({
  UNSIGNED: 0,
  NEGATIVE: 1,
  BYTES: 2,
  TEXT: 3,
  ARRAY: 4,
  MAP: 5,
  TAG: 6,
  SIMPLE: 7,
});

const INDEFINITE = 31;
const BREAK = 0xff;

/**
 * Read one item that fills `bytes` completely.
 *
 * Items are `{ kind, value, raw }`. Integers are BigInt, maps are lists of `[key, value]` items in
 * the order of the bytes, tags are `{ tag, item }`, null and undefined are null.
 */
export function decode(bytes) {
  const reader = new Reader(Buffer.from(bytes));
  const item = reader.item();
  if (reader.offset !== reader.bytes.length) throw new Error('bytes follow the item');
  return item;
}

/** The value under an integer key of a map item, or undefined. */
export function field(map, key) {
  return map.value.find(([name]) => name.kind === Kind.UNSIGNED && name.value === BigInt(key))?.[1];
}

/** The item inside any tags around it. Sets of inputs come with tag 258 or without. */
export function untagged(item) {
  return item.kind === Kind.TAG ? untagged(item.value.item) : item;
}

export const encodeUnsigned = (number) => head(Kind.UNSIGNED, number);
export const encodeBytes = (bytes) => Buffer.concat([head(Kind.BYTES, bytes.length), bytes]);
export const encodeArray = (items) => Buffer.concat([head(Kind.ARRAY, items.length), ...items]);
export const encodeMap = (pairs) =>
  Buffer.concat([head(Kind.MAP, pairs.length), ...pairs.flat()]);

class Reader {
  offset = 0;

  constructor(bytes) {
    this.bytes = bytes;
  }

  item() {
    const start = this.offset;
    const { kind, information, argument } = this.head();
    const value = this.value(kind, information, argument);
    return { kind, value, raw: this.bytes.subarray(start, this.offset) };
  }

  head() {
    const initial = this.take(1)[0];
    const information = initial & 31;
    return { kind: initial >> 5, information, argument: this.argument(information) };
  }

  argument(information) {
    if (information < 24) return BigInt(information);
    if (information === INDEFINITE) return null;
    if (information > 27) throw new Error('reserved additional information');
    const digits = this.take(2 ** (information - 24)).toString('hex');
    return BigInt(`0x${digits}`);
  }

  value(kind, information, argument) {
    switch (kind) {
      case Kind.UNSIGNED:
        return argument;
      case Kind.NEGATIVE:
        return -1n - argument;
      case Kind.BYTES:
        return argument === null
          ? Buffer.concat(this.untilBreak().map((part) => part.value))
          : this.take(Number(argument));
      case Kind.TEXT:
        return argument === null
          ? this.untilBreak().map((part) => part.value).join('')
          : this.take(Number(argument)).toString('utf8');
      case Kind.ARRAY:
        return argument === null ? this.untilBreak() : this.times(argument);
      case Kind.MAP:
        return pairs(argument === null ? this.untilBreak() : this.times(argument * 2n));
      case Kind.TAG:
        return { tag: argument, item: this.item() };
      default:
        return information === 20 ? false : information === 21 ? true : null;
    }
  }

  times(count) {
    const items = [];
    for (let read = 0n; read < count; read++) items.push(this.item());
    return items;
  }

  untilBreak() {
    const items = [];
    while (this.bytes[this.offset] !== BREAK) items.push(this.item());
    this.offset++;
    return items;
  }

  take(count) {
    const end = this.offset + count;
    if (end > this.bytes.length) throw new Error('the bytes end too early');
    const taken = this.bytes.subarray(this.offset, end);
    this.offset = end;
    return taken;
  }
}

function pairs(items) {
  if (items.length % 2) throw new Error('a map has a key without a value');
  return Array.from({ length: items.length / 2 }, (_, at) => [items[2 * at], items[2 * at + 1]]);
}

function head(kind, argument) {
  const number = BigInt(argument);
  if (number < 24n) return Buffer.from([(kind << 5) | Number(number)]);
  const size = [1, 2, 4, 8].find((bytes) => number < 1n << BigInt(8 * bytes));
  const digits = number.toString(16).padStart(2 * size, '0');
  return Buffer.from([(kind << 5) | (24 + Math.log2(size)), ...Buffer.from(digits, 'hex')]);
}
