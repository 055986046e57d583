// Makes a block every so many seconds, as the network would.

export class BlockProducer {
  blockSeconds = 0;
  #chain;
  #timer = null;

  constructor(chain) {
    this.#chain = chain;
  }

  /** 0 stops: then only control calls make blocks. */
  every(seconds) {
    clearInterval(this.#timer);
    this.blockSeconds = seconds;
    this.#timer = seconds > 0 ? setInterval(() => this.#chain.forge(), seconds * 1000) : null;
  }
}
