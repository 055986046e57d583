// Cardano addresses: bytes to bech32 (BIP-173, prefixes of CIP-5) and back.

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECKSUM_LENGTH = 6;
const FIRST_STAKE_TYPE = 14;

export function toBech32(bytes) {
  const prefix = prefixOf(bytes[0]);
  const words = regroup(bytes, 8, 5);
  const text = [...words, ...checksum(prefix, words)].map((word) => ALPHABET[word]).join('');
  return `${prefix}1${text}`;
}

/** Throws when the text is no bech32 or its checksum does not fit. */
export function fromBech32(text) {
  const separator = text.lastIndexOf('1');
  const prefix = text.slice(0, separator);
  const words = [...text.slice(separator + 1)].map((character) => ALPHABET.indexOf(character));
  if (separator < 1 || words.includes(-1) || polymod([...expanded(prefix), ...words]) !== 1) {
    throw new Error(`${text} is not a bech32 address`);
  }
  const bits = words.slice(0, -CHECKSUM_LENGTH);
  return Buffer.from(regroup(bits, 5, 8).slice(0, Math.floor((bits.length * 5) / 8)));
}

/** Whether this is a payment address of a test network, whole and with its checksum. */
export function isOfTestNetwork(text) {
  try {
    const header = fromBech32(text)[0];
    return header >> 4 < FIRST_STAKE_TYPE && (header & 15) === 0 && text.startsWith('addr_test1');
  } catch {
    return false;
  }
}

function prefixOf(header) {
  const kind = header >> 4 >= FIRST_STAKE_TYPE ? 'stake' : 'addr';
  return (header & 15) === 1 ? kind : `${kind}_test`;
}

function checksum(prefix, words) {
  const sum = polymod([...expanded(prefix), ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  return [5, 4, 3, 2, 1, 0].map((place) => (sum >>> (5 * place)) & 31);
}

function expanded(prefix) {
  const codes = [...prefix].map((character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function polymod(words) {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    GENERATORS.forEach((generator, bit) => {
      if ((top >>> bit) & 1) sum ^= generator;
    });
  }
  return sum >>> 0;
}

// Groups of `from` bits become groups of `to` bits; the last one is filled with zeros.
function regroup(groups, from, to) {
  const result = [];
  let bits = 0;
  let width = 0;
  for (const group of groups) {
    bits = ((bits << from) | group) & 0xffffff;
    width += from;
    while (width >= to) {
      width -= to;
      result.push((bits >>> width) & ((1 << to) - 1));
    }
  }
  if (width > 0) result.push((bits << (to - width)) & ((1 << to) - 1));
  return result;
}
