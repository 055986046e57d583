// Ogmios' official client at a door: `{"url": ..., "transaction": hex}` on standard input.

import { readFileSync } from 'node:fs';
import {
  createInteractionContext,
  createLedgerStateQueryClient,
  createTransactionSubmissionClient,
} from '@cardano-ogmios/client';

const { url, transaction } = JSON.parse(readFileSync(0, 'utf8'));
const connection = {
  address: { http: `${url}/ogmios`, webSocket: `${url.replace('http', 'ws')}/ogmios` },
};
const context = await createInteractionContext(console.error, () => {}, { connection });
const ledger = await createLedgerStateQueryClient(context);
const submission = await createTransactionSubmissionClient(context);

const said = {
  tip: await ledger.networkTip(),
  height: await ledger.networkBlockHeight(),
  magic: (await ledger.genesisConfiguration('shelley')).networkMagic,
  submitted: await submission.submitTransaction(transaction),
  submittedAgain: await submission.submitTransaction(transaction).then(
    () => null,
    (error) => error.code,
  ),
};
process.stdout.write(JSON.stringify(said), () => process.exit(0));
