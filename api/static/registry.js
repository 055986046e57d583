// The pages are whole without this. It adds small comforts: a button beside each hash that copies
// it, a chain section that brings itself up to date until there is nothing left to wait for, and a
// field that lights up when a file is held over it.

const LOOK_AGAIN_SECONDS = 5;

function addCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const element of root.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${element.dataset.copy.slice(0, 12)}…`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(element.dataset.copy);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    (element.closest("pre") ?? element).after(button);
  }
}

// Nothing moves behind a reader's back: the sentence is announced politely, and updates can be paused.
function followChain(section) {
  if (section?.dataset.live !== "on") return;
  const bar = document.createElement("p");
  bar.className = "live";
  const said = document.createElement("span");
  said.className = "hidden";
  said.setAttribute("role", "status");
  const pause = document.createElement("button");
  pause.type = "button";
  pause.textContent = "Pause updates";
  bar.append("This part updates itself.", pause, said);
  section.append(bar);

  let paused = false;
  let shown;
  const later = () => setTimeout(look, LOOK_AGAIN_SECONDS * 1000);
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Go on updating" : "Pause updates";
  });

  async function look() {
    if (document.hidden || paused) return later();
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
      if (!answer.ok) return later();
      if (paused) return later();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const state = section.querySelector("#chain-state");
      const fresh = page.querySelector("#chain-state");
      const sentence = fresh.querySelector(".chain-sentence").textContent;
      if (sentence !== state.querySelector(".chain-sentence").textContent) said.textContent = sentence;
      // What did not change stays as it is, so that a selection or the focus is not lost.
      if (fresh.innerHTML !== shown) {
        shown = fresh.innerHTML;
        state.replaceChildren(...fresh.childNodes);
        addCopyButtons(state);
        addLocalTimes(state);
      }
      if (page.querySelector("#chain").dataset.live === "on") return later();
      // Sealed: the rest of the page has more to show now.
      location.reload();
    } catch {
      later();
    }
  }
  later();
}

// The browser itself takes a file that is dropped onto the field; this only shows that it would.
function welcomeFiles(field) {
  if (!field) return;
  for (const [name, over] of [["dragenter", true], ["dragleave", false], ["drop", false]]) {
    field.addEventListener(name, () => field.classList.toggle("is-over", over));
  }
}

// Times are printed in UTC, as everybody's; whoever lives elsewhere reads their own beside it.
function addLocalTimes(root) {
  const dayOf = (at, zone) => at.toLocaleDateString("en-GB", { day: "numeric", month: "long", timeZone: zone });
  for (const element of root.querySelectorAll("time[datetime*=T]")) {
    const at = new Date(element.dateTime);
    if (isNaN(at) || at.getTimezoneOffset() === 0 || !element.textContent.endsWith("UTC")) continue;
    const clock = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const day = dayOf(at) === dayOf(at, "UTC") ? "" : `${dayOf(at)}, `;
    const local = document.createElement("span");
    local.className = "local-time";
    local.textContent = ` (${day}${clock} where you are)`;
    element.after(local);
  }
}

addCopyButtons(document);
addLocalTimes(document);
welcomeFiles(document.querySelector("input[type=file]"));
followChain(document.querySelector("#chain"));
