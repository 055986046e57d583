// Talks to whatever Cardano wallets the browser has (CIP-30), on the two pages that ask for a signature.
// Nothing is sent but by the page's own form, which somebody may also fill by hand.

const LOOK_FOR_WALLETS_MS = [0, 300, 1000, 3000];
const NAME_LENGTH_MAX = 40;
const TEST_NETWORK = "a test network";

const part = document.querySelector("[data-wallet]");
if (part) begin(part);

function begin(section) {
  const list = section.querySelector("[data-wallet-list]");
  const state = section.querySelector("[data-wallet-state]");
  const form = section.querySelector("form");
  const signs = section.dataset.wallet === "sign";
  const say = (sentence) => (state.textContent = sentence);
  const known = new Set();

  // Extensions put themselves into the page when they please, some of them late.
  for (const wait of LOOK_FOR_WALLETS_MS) {
    setTimeout(() => {
      for (const [id, wallet] of wallets()) {
        if (!known.has(id)) list.append(button(id, wallet));
        known.add(id);
      }
      if (wait === LOOK_FOR_WALLETS_MS.at(-1) && known.size === 0) {
        say("This browser has no Cardano wallet. Install one, or use the way below.");
      }
    }, wait);
  }

  function button(id, wallet) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button-strong";
    made.textContent = `${signs ? "Sign with" : "Use"} ${nameOf(id, wallet)}`;
    made.addEventListener("click", async () => {
      const buttons = [...list.querySelectorAll("button")];
      for (const one of buttons) one.disabled = true;
      say("Look at your wallet: it asks you now.");
      try {
        await (signs ? sign(wallet) : choose(wallet));
        say("Sending…");
        // Unlike submit(), this lets the browser look at what is required.
        form.requestSubmit();
      } catch (error) {
        say(sentenceOf(error));
        for (const one of buttons) one.disabled = false;
      }
    });
    return made;
  }

  async function choose(wallet) {
    const api = await enabled(wallet);
    const stake = await api.getRewardAddresses();
    form.elements.address.value = stake[0] ?? (await api.getChangeAddress());
  }

  async function sign(wallet) {
    const api = await enabled(wallet);
    const message = hexOf(section.querySelector("[data-message]").textContent);
    const signed = await api.signData(section.dataset.address, message);
    if (!holds(signed.signature, message)) {
      throw new Sentence("The wallet signed something else than this text. Nothing was sent.");
    }
    form.elements.signature.value = signed.signature;
    form.elements.key.value = signed.key;
  }

  async function enabled(wallet) {
    const api = await wallet.enable();
    const network = await api.getNetworkId();
    const wanted = Number(section.dataset.networkId);
    if (network !== wanted) {
      const [theirs, ours] = [network, wanted].map((id) => (id === 1 ? "mainnet" : TEST_NETWORK));
      throw new Sentence(`Your wallet is on ${theirs}, and this registry is on ${ours}. Switch it, and try again.`);
    }
    return api;
  }
}

class Sentence extends Error {}

function wallets() {
  const found = window.cardano;
  if (!found || typeof found !== "object") return [];
  return Object.entries(found).filter(([, wallet]) => typeof wallet?.enable === "function");
}

function nameOf(id, wallet) {
  return (String(wallet.name ?? "").trim() || id).slice(0, NAME_LENGTH_MAX);
}

function hexOf(text) {
  return [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Hardware wallets sign a hash of the text; only the registry can compare that.
function holds(signature, message) {
  const HASHED_TRUE = hexOf("hashed") + "f5";
  return signature.includes(message) || signature.includes(HASHED_TRUE);
}

// CIP-30: -3 is a refusal by the owner of `enable`, 3 one of `signData`, 1 an address without its key.
function sentenceOf(error) {
  if (error instanceof Sentence) return error.message;
  switch (error?.code) {
    case -3:
    case 3:
      return "You declined in your wallet. Nothing was sent.";
    case 1:
      return "This wallet does not have the key of the linked address. Choose the wallet that you linked.";
    default:
      return "The wallet gave no answer that can be used. Unlock it, and try again.";
  }
}
