// The page: what the reader chose goes to the checks, and what they find is written below the form.

import { CannotCheck, verify } from "./chain.mjs";

const BYTES_MAX = 1024 * 1024 + 1;
const VERDICTS = { good: "It holds", bad: "Do not rely on it", moving: "It could not be checked whole" };
const STATES = new Map([
  [true, ["passed", "Passed", "good"]],
  [false, ["failed", "Failed", "bad"]],
  [null, ["skipped", "Not checked", "plain"]],
]);

const form = document.querySelector("form");
const results = document.querySelector("#results");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  results.replaceChildren();
  for (const fault of form.querySelectorAll(".field-fault")) fault.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) unmark(field);
  const asked = Object.fromEntries(
    ["chain", "projectId", "registry", "registryKey"].map((name) => [
      name,
      form.elements[name].value.trim(),
    ]),
  );
  const file = form.elements.file.files[0];
  const faults = faultsOf(file, asked);
  for (const [name, sentence] of faults) mark(form.elements[name], sentence);
  if (faults.length > 0) {
    form.elements[faults[0][0]].focus();
    return;
  }
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    // One byte more than a certificate may have shows that it is too large.
    const bytes = new Uint8Array(await file.slice(0, BYTES_MAX).arrayBuffer());
    show(await verify(bytes, asked));
  } catch (error) {
    if (!(error instanceof CannotCheck)) throw error;
    results.append(section("moving", "Not checked", [error.message]));
  } finally {
    button.disabled = false;
  }
  const heading = results.querySelector("h2");
  heading.tabIndex = -1;
  heading.focus();
});

function faultsOf(file, { chain, registry, registryKey }) {
  const isAddress = (text) => /^https?:\/\/[^/]/.test(text) && URL.canParse(text);
  const faults = [];
  if (!file) faults.push(["file", "Choose a certificate.json."]);
  if (chain && !isAddress(chain)) {
    faults.push(["chain", "This is no address such as https://cardano-mainnet.blockfrost.io/api/v0."]);
  }
  if (registry && !isAddress(registry)) {
    faults.push(["registry", "This is no address such as https://registry.example."]);
  }
  if (registryKey && !/^[0-9a-f]{64}$/i.test(registryKey)) {
    faults.push(["registryKey", "A key has 64 hex digits."]);
  }
  return faults;
}

function mark(field, sentence) {
  const fault = element("p", "field-fault", sentence);
  fault.id = `${field.id}-fault`;
  field.dataset.help = field.getAttribute("aria-describedby") ?? "";
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${fault.id} ${field.dataset.help}`.trim());
  field.after(fault);
}

function unmark(field) {
  field.removeAttribute("aria-invalid");
  field.setAttribute("aria-describedby", field.dataset.help);
}

function show({ checks, verdict, trouble }) {
  const failed = checks.filter((check) => check.passed === false);
  const tone = failed.length > 0 ? "bad" : verdict.complete && !trouble ? "good" : "moving";
  const sentences = failed.length === 0 && trouble ? [trouble] : [verdict.sentence];
  const said = section(tone, VERDICTS[tone], sentences);
  if (failed.length > 0) {
    const list = element("ul", "faults");
    list.append(...failed.map((check) => element("li", "", check.sentence)));
    said.append(list);
    if (trouble) said.append(element("p", "muted", trouble));
  }
  const each = element("section");
  const list = element("ol", "checks");
  list.append(...checks.map(line));
  each.append(element("h2", "", `${checks.length} checks, one by one`), list);
  results.append(said, each);
}

function section(tone, heading, sentences) {
  const made = element("section", `verdict verdict-${tone}`);
  made.append(element("h2", "", heading));
  made.append(...sentences.map((sentence) => element("p", "", sentence)));
  return made;
}

function line(check) {
  const [state, word, tone] = STATES.get(check.passed);
  const made = element("li", `check check-${state}`);
  const heading = element("h3", "", `${check.name[0].toUpperCase()}${check.name.slice(1)} `);
  heading.append(element("span", `badge badge-${tone}`, word));
  made.append(heading, element("p", "", check.sentence));
  if (check.pointer && check.passed !== true) {
    const place = element("p", "muted", "In the certificate: ");
    place.append(element("code", "", check.pointer));
    made.append(place);
  }
  return made;
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(text);
  return made;
}
