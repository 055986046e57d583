// A receiver in JavaScript: reads [{secret, headers, body}, …] and writes, for each, the event or null.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The packages stand in the folder that was given, so that a checkout stays as it is.
const { Webhook, WebhookVerificationError } = createRequire(`${process.argv[2]}/`)("standardwebhooks");

function genuineEvent({ secret, headers, body }) {
  const webhook = new Webhook(secret);
  try {
    return webhook.verify(body, headers);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return null;
    throw error;
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(genuineEvent)));
