// JSON as the registry's own checker reads it: nothing twice, nothing rounded, and where it is wrong.
//
// JSON.parse would take a field that is there twice, and would round what is larger than 2^53. Whole
// numbers that JavaScript cannot hold come back as BigInt. Objects have no prototype, so that no name
// in them means anything. Lines, columns and the order in which faults are found are Python's.

export class Unreadable extends Error {}

export class Fraction {
  constructor(text) {
    this.value = Number(text);
  }
}

const DEPTH_MAX = 800;
const DIGITS_MAX = 4300;
const SPACE = " \t\n\r";
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const WORDS = { null: null, true: true, false: false };

// `bytes` are a Uint8Array. With `strict`, a fraction or a field that is there twice is Unreadable.
export function parseJson(bytes, { strict }) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable("it is not UTF-8 text");
  }
  return new Reader(text, strict).read();
}

export function isObject(value) {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Fraction)
  );
}

export function isWhole(value) {
  return typeof value === "number" || typeof value === "bigint";
}

class Reader {
  constructor(text, strict) {
    this.text = text;
    this.strict = strict;
    this.at = 0;
  }

  read() {
    this.skipSpace();
    const value = this.value(0);
    this.skipSpace();
    if (this.at !== this.text.length) this.fail(this.at);
    return value;
  }

  fail(at) {
    const lines = this.text.slice(0, at).split("\n");
    const column = [...lines.at(-1)].length + 1;
    throw new Unreadable(`it is not JSON (line ${lines.length}, column ${column})`);
  }

  skipSpace() {
    while (this.at < this.text.length && SPACE.includes(this.text[this.at])) this.at += 1;
  }

  value(depth) {
    if (depth > DEPTH_MAX) throw new Unreadable("it is nested too deeply");
    const next = this.text[this.at];
    if (next === '"') return this.string();
    if (next === "{") return this.object(depth);
    if (next === "[") return this.array(depth);
    for (const word of Object.keys(WORDS)) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return WORDS[word];
      }
    }
    for (const word of ["NaN", "Infinity", "-Infinity"]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return this.fraction(word);
      }
    }
    return this.number();
  }

  number() {
    const shape = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
    shape.lastIndex = this.at;
    const found = shape.exec(this.text);
    if (!found) this.fail(this.at);
    const [written, decimals, exponent] = found;
    this.at += written.length;
    if (decimals !== undefined || exponent !== undefined) return this.fraction(written);
    const digits = written.replace("-", "").length;
    if (digits > DIGITS_MAX) throw new Unreadable(`it holds a number of ${digits} digits`);
    const rounded = Number(written);
    if (Number.isSafeInteger(rounded)) return rounded === 0 ? 0 : rounded;
    return BigInt(written);
  }

  fraction(written) {
    if (!this.strict) return new Fraction(written);
    const shown = [...written].slice(0, 40).join("");
    throw new Unreadable(`it holds ${shown}, and a certificate has no numbers but whole ones`);
  }

  array(depth) {
    const found = [];
    this.at += 1;
    this.skipSpace();
    if (this.text[this.at] === "]") {
      this.at += 1;
      return found;
    }
    for (;;) {
      found.push(this.value(depth + 1));
      this.skipSpace();
      const next = this.text[this.at];
      if (next !== "]" && next !== ",") this.fail(this.at);
      this.at += 1;
      if (next === "]") return found;
      this.skipSpace();
    }
  }

  object(depth) {
    const found = Object.create(null);
    let isTwice = false;
    this.at += 1;
    this.skipSpace();
    if (this.text[this.at] === "}") {
      this.at += 1;
      return found;
    }
    for (;;) {
      if (this.text[this.at] !== '"') this.fail(this.at);
      const name = this.string();
      this.skipSpace();
      if (this.text[this.at] !== ":") this.fail(this.at);
      this.at += 1;
      this.skipSpace();
      const value = this.value(depth + 1);
      isTwice ||= name in found;
      found[name] = value;
      this.skipSpace();
      const next = this.text[this.at];
      if (next !== "}" && next !== ",") this.fail(this.at);
      this.at += 1;
      if (next === "}") break;
      this.skipSpace();
    }
    if (isTwice && this.strict) {
      throw new Unreadable(
        "it names a field twice, so that two readers may see different things",
      );
    }
    return found;
  }

  string() {
    const begun = this.at;
    const pieces = [];
    this.at += 1;
    for (;;) {
      const from = this.at;
      while (this.at < this.text.length && !'"\\'.includes(this.text[this.at])) {
        if (this.text[this.at] <= "\u001f") this.fail(this.at);
        this.at += 1;
      }
      if (this.at >= this.text.length) this.fail(begun);
      pieces.push(this.text.slice(from, this.at));
      const closes = this.text[this.at] === '"';
      this.at += 1;
      if (closes) return pieces.join("");
      if (this.at >= this.text.length) this.fail(begun);
      pieces.push(this.escape());
    }
  }

  escape() {
    const letter = this.text[this.at];
    if (letter !== "u") {
      if (!Object.hasOwn(ESCAPES, letter)) this.fail(this.at - 1);
      this.at += 1;
      return ESCAPES[letter];
    }
    const digits = this.text.slice(this.at + 1, this.at + 5);
    if (this.at + 5 >= this.text.length || !/^[0-9a-fA-F]{4}$/.test(digits)) {
      this.fail(this.at);
    }
    this.at += 5;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
}
