// Asks the browser for a passkey (WebAuthn) on the pages that want one, and sends its answer by their form.

for (const section of document.querySelectorAll("[data-passkey]")) begin(section);

function begin(section) {
  const form = section.querySelector("form");
  const button = form.querySelector("button[type=submit]");
  const state = section.querySelector("[data-passkey-state]");
  const say = (sentence) => (state.textContent = sentence);

  form.addEventListener("submit", async (event) => {
    // The second time, with the answer in it, the form goes its way.
    if (form.elements.credential.value) return;
    event.preventDefault();
    if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
      say("This browser has no passkeys, or only over https. Use a newer one.");
      return;
    }
    button.disabled = true;
    say("Look at your device: it asks you now.");
    try {
      const options = JSON.parse(section.dataset.options);
      const credential =
        section.dataset.passkey === "create"
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      say("Sending…");
      form.requestSubmit();
    } catch (error) {
      say(sentenceOf(error));
      button.disabled = false;
    }
  });
}

function sentenceOf(error) {
  switch (error?.name) {
    case "NotAllowedError":
      return "You declined, or it took too long. Nothing was sent; try again.";
    case "InvalidStateError":
      return "This device or key already holds a passkey of your account. Use another one.";
    case "SecurityError":
      return "Passkeys do not work at this address. Open the registry at its own https address.";
    default:
      return "Your device gave no answer that can be used. Try again, or use another one.";
  }
}
