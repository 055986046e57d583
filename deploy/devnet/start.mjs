// Starts the devnet inside a container.
//
// The devnet listens on loopback only, which is right on a laptop; in a container nobody could
// reach it there. So this passes connections on from the container's address to it. It funds the
// address that the job "keys" wrote (docker-compose.yml).

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';

const INSIDE_PORT = 3101;
const { ADDRESS_FILE, CHAIN_FILE, BLOCK_SECONDS = '1', PORT = '3100' } = process.env;
// As in devstack/devnet.py: 10,000 ADA in four outputs.
const FOUR_OUTPUTS = Array(4).fill('2500000000');

const address = readFileSync(ADDRESS_FILE, 'utf8').trim();
const devnet = spawn(
  process.execPath,
  [
    'server.mjs',
    `--port=${INSIDE_PORT}`,
    `--block-seconds=${BLOCK_SECONDS}`,
    `--file=${CHAIN_FILE}`,
    ...FOUR_OUTPUTS.map((lovelace) => `--fund=${address}=${lovelace}`),
  ],
  { stdio: 'inherit', cwd: import.meta.dirname },
);
devnet.on('exit', (code) => process.exit(code ?? 1));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => devnet.kill(signal));

net
  .createServer((outside) => {
    const inside = net.connect(INSIDE_PORT, '127.0.0.1');
    // A broken end breaks the other one; which of the two broke first does not matter.
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.destroy());
    outside.pipe(inside).pipe(outside);
  })
  .listen(Number(PORT), process.env.HOST ?? '0.0.0.0');
