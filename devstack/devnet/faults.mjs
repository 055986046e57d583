// Trouble on request: the next answers that match are delayed, replaced or lost.

export class Faults {
  #armed = [];

  /** `fault` as control.mjs has checked it; `path` is part of "GET /txs/{hash}". */
  arm(fault) {
    this.#armed.push(fault);
  }

  clear() {
    this.#armed = [];
  }

  list() {
    return this.#armed;
  }

  /** The first armed fault for this call, counted down; an empty object when there is none. */
  take(call) {
    const fault = this.#armed.find(({ path }) => call.includes(path));
    if (!fault) return {};
    fault.times--;
    this.#armed = this.#armed.filter(({ times }) => times > 0);
    return fault;
  }
}
