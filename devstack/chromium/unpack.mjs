// Unpacks what @sparticuz/chromium ships into TMPDIR, which is where its `inflate` writes.
// Its `executablePath` would do, but leaves the libraries out on everything but a Lambda.
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";

const archives = new URL("../bin/", import.meta.resolve("@sparticuz/chromium"));
for (const name of ["al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br", "chromium.br"]) {
  await inflate(fileURLToPath(new URL(name, archives)));
}
