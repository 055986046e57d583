// Keeps what is typed into a long form with the account, a moment after each change: a session that ends,
// or a browser that crashes, takes nothing with it. Without this the form keeps it at each step.

const QUIET_MILLISECONDS = 1500;

for (const form of document.querySelectorAll("form[data-unfinished]")) keep(form);

function keep(form) {
  const state = form.querySelector("[data-unfinished-state]");
  let timer;

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(send, QUIET_MILLISECONDS);
  });
  form.addEventListener("submit", () => clearTimeout(timer));

  async function send() {
    const typed = new URLSearchParams(new FormData(form));
    typed.set("go", "keep");
    try {
      const answer = await fetch(form.action, { method: "POST", body: typed, redirect: "manual" });
      state.textContent = answer.status === 204 ? "Saved." : "Your session is over. What you typed is kept: sign in and go on.";
    } catch {
      state.textContent = "Not saved: the registry cannot be reached at the moment.";
    }
  }
}
