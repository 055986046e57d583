// Uploads documents straight to storage: several at once, in parts, with their progress. Each file is read
// once for its SHA-256, which the registry is told first; when the same file is chosen again, on whatever
// machine, what is there already is not sent again. Without this the form sends one file, as forms do.

const CHUNK_BYTES = 4 * 1024 * 1024;
const TRIES = 5;
const AT_ONCE = 3;
const LOOK_AGAIN_MILLISECONDS = 2000;

class Stopped extends Error {}
class Refused extends Error {}

const form = document.querySelector("form[data-uploads]");
if (form) begin(form);

function begin(form) {
  const input = form.elements.file;
  const list = form.querySelector("[data-upload-list]");
  input.multiple = !form.dataset.done;
  form.querySelector("[data-without-scripts]")?.remove();
  form.querySelector("[data-with-scripts]").hidden = false;

  form.addEventListener("submit", async (event) => {
    // Without a file the registry says what is missing, beside the field.
    if (!input.files.length || !form.elements.document_type.value) return;
    event.preventDefault();
    const chosen = [...input.files].map((file) => new Upload(form, list, file));
    form.reset();
    const waiting = [...chosen];
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (waiting.length) await waiting.shift().run();
    }));
    if (chosen.every((one) => one.isDone)) location.assign(`${form.dataset.done ?? location.pathname}?done=document#documents`);
  });
  addEventListener("beforeunload", (event) => {
    if (list.querySelector("[data-under-way]")) event.preventDefault();
  });
}

class Upload {
  constructor(form, list, file) {
    this.file = file;
    this.isDone = false;
    this.fields = new FormData(form);
    this.fields.delete("file");
    // One file, one announcement: sent twice, it acts once.
    this.fields.set("key", crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`);
    this.address = form.dataset.uploads;
    this.hasher = form.dataset.sha256;
    this.element = document.createElement("li");
    this.name = document.createElement("strong");
    this.name.textContent = file.name;
    this.bar = document.createElement("progress");
    this.bar.max = 100;
    this.bar.setAttribute("aria-label", file.name);
    this.state = document.createElement("p");
    this.state.setAttribute("role", "status");
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.addEventListener("click", () => (this.stop ? this.pause() : this.run()));
    this.element.append(this.name, this.bar, this.state, this.button);
    list.append(this.element);
    this.say("Waits for the others.", 0, "Pause");
  }

  say(sentence, percent, does) {
    this.state.textContent = sentence;
    this.bar.value = percent;
    this.button.textContent = does;
    this.button.hidden = !does;
    this.button.setAttribute("aria-label", `${does} ${this.file.name}`);
  }

  pause() {
    this.stop.abort();
  }

  async run() {
    this.stop = new AbortController();
    this.element.dataset.underWay = "";
    try {
      this.sha256 ??= await this.hash();
      const told = await this.announce();
      await this.send(told);
      await this.complete(told.documentId);
      this.isDone = true;
      this.say("Uploaded, and counted.", 100, "");
    } catch (error) {
      if (error instanceof Stopped || error.name === "AbortError") {
        this.say("Paused. What is there stays for seven days.", this.bar.value, "Go on");
      } else {
        const sentence = error instanceof Refused ? error.message : "The connection broke off. What is there stays.";
        this.say(sentence, this.bar.value, "Try again");
      }
    }
    delete this.element.dataset.underWay;
    this.stop = undefined;
  }

  look() {
    if (this.stop.signal.aborted) throw new Stopped();
  }

  async hash() {
    const { sha256 } = await import(this.hasher);
    const digest = sha256.create();
    for (let offset = 0; offset < this.file.size; offset += CHUNK_BYTES) {
      this.look();
      digest.update(new Uint8Array(await this.file.slice(offset, offset + CHUNK_BYTES).arrayBuffer()));
      this.say("Reading the file for its SHA-256…", (100 * offset) / this.file.size, "Pause");
    }
    return digest.hex();
  }

  async announce() {
    this.fields.set("name", this.file.name);
    this.fields.set("mime_type", this.file.type);
    this.fields.set("size", this.file.size);
    this.fields.set("sha256", this.sha256);
    return this.ask(this.address);
  }

  async send(told) {
    if (!told.upload.parts) {
      this.say("Uploading…", 0, "Pause");
      await this.put(told.upload.url, this.file, told.upload.headers);
      return;
    }
    let there = told.bytesThere;
    if (there) this.say(`Goes on at ${percent(there, told.bytes)} %.`, percent(there, told.bytes), "Pause");
    while (told.upload.parts.missing.length) {
      for (const part of told.upload.parts.missing) {
        this.look();
        await this.put(part.url, this.file.slice(part.offset, part.offset + part.size), {});
        there += part.size;
        const done = percent(there, told.bytes);
        this.say(`Uploading, ${done} %…`, done, "Pause");
      }
      told = await this.ask(`/desk/documents/${told.documentId}/upload`);
    }
  }

  async put(url, body, headers) {
    for (let tried = 1; ; tried += 1) {
      try {
        const answer = await fetch(url, { method: "PUT", body, headers, signal: this.stop.signal });
        if (answer.ok) return;
        // An address is good for a quarter of an hour: the next try gets new ones.
        throw new Error(`storage answered ${answer.status}`);
      } catch (error) {
        if (error.name === "AbortError" || tried === TRIES) throw error;
        await later(500 * 2 ** tried);
      }
    }
  }

  async complete(documentId) {
    this.say("Uploaded. The registry reads it…", 100, "");
    this.key = crypto.randomUUID?.() ?? `${Date.now()}`;
    this.fields.set("key", this.key);
    while (!(await this.ask(`/desk/documents/${documentId}/complete`, { mayAskAgain: true })).completed)
      await later(LOOK_AGAIN_MILLISECONDS);
  }

  async ask(address, { mayAskAgain = false } = {}) {
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams(this.fields), redirect: "manual", signal: this.stop.signal });
    if (answer.type === "opaqueredirect")
      throw new Refused("Your session is over. Sign in, and choose the file again: it goes on where it was.");
    const told = answer.headers.get("content-type")?.includes("json") ? await answer.json() : {};
    if (answer.status === 202 && mayAskAgain) return told;
    if (!answer.ok || answer.status === 202)
      throw new Refused(told.sentences?.join(" ") || "The registry did not take it. Load the page anew and try again.");
    return told;
  }
}

function percent(there, bytes) {
  return Math.floor((100 * there) / bytes);
}

function later(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
