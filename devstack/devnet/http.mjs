// HTTP around the chain: Blockfrost's paths under /api/v0 and at the root, the same as Dolos answers them
// under /dolos, Ogmios under /ogmios, Kupo under /kupo, control calls under /devnet.

import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { BadRequest, read, shortHistory, wholeHistory } from './blockfrost.mjs';
import { BadControl, controls } from './control.mjs';
import { asDolos } from './dolos.mjs';
import { Faults } from './faults.mjs';
import { kupo } from './kupo.mjs';
import { ogmiosHealth, Session } from './ogmios.mjs';

// A transaction has at most 16,384 bytes; what is far larger is not worth reading.
const MOST_BODY_BYTES = 1_000_000;
const NAMES = {
  402: 'Project Over Limit',
  418: 'Requested Banned',
  425: 'Mempool Full',
  429: 'Project Over Limit',
};
const MALFORMED = {
  jsonrpc: '2.0',
  error: { code: -32700, message: 'Invalid request: malformed JSON.' },
  id: null,
};
const NOT_FOUND = [404, problem(404, 'The requested component has not been found.')];

export function httpServer({ chain, producer }) {
  const faults = new Faults();
  const calls = {};
  const control = controls({ chain, faults, calls, producer });
  const sockets = new WebSocketServer({ noServer: true });

  /** What a call is answered with, unless a fault takes its place; null when the answer is lost. */
  async function answered(call, answer) {
    calls[call] = (calls[call] ?? 0) + 1;
    const fault = faults.take(call);
    if (fault.delay_ms) await sleep(fault.delay_ms);
    if (fault.status) return [fault.status, problem(fault.status, fault.message ?? 'A fault on request.')];
    if (fault.html) return [fault.html, '<html><body>bad gateway</body></html>', 'text/html'];
    if (fault.empty) return [200, []];
    const given = await answer();
    // The call was carried out; only its answer is lost on the way.
    return fault.lose_response ? null : given;
  }

  async function provider(request, url) {
    const body = await bodyOf(request);
    const [, service, path] = url.pathname.match(/^\/(ogmios|kupo|dolos|api\/v0|v0)?(?=\/|$)(.*)$/) ?? [];
    const said = `${request.method} ${withoutIdentifiers(url.pathname.replace(/^(\/dolos|(\/api)?\/v0)(?=\/|$)/, ''))}`;
    if (service === 'kupo') {
      return answered(said, () => kupo(chain, request, decodeURIComponent(path), url.searchParams));
    }
    if (service === 'ogmios') return ogmios(request, path, said, body);
    const history = service === 'dolos' ? shortHistory(chain) : wholeHistory(chain);
    const answer = await answered(said, () => answerTo(chain, history, request, path ?? url.pathname, url.searchParams, body));
    return service === 'dolos' && answer ? asDolos(said, answer) : answer;
  }

  function ogmios(request, path, said, body) {
    if (request.method === 'GET' && path === '/health') {
      return answered(said, () => [200, ogmiosHealth(chain)]);
    }
    if (request.method !== 'POST' || !['', '/'].includes(path)) return [404, ''];
    const question = asked(body);
    return answered(`POST /ogmios ${question?.method}`, async () => {
      if (!question) return [400, MALFORMED];
      const answer = await new Session(chain).answer(question);
      return [answer.error ? 400 : 200, answer];
    });
  }

  async function upgraded(request, socket, head) {
    const url = new URL(request.url, 'http://devnet');
    const answer = await answered('WS /ogmios', () => (/^\/ogmios\/?$/.test(url.pathname) ? [101] : NOT_FOUND));
    if (answer?.[0] !== 101) {
      if (answer) socket.write(`HTTP/1.1 ${answer[0]} ${http.STATUS_CODES[answer[0]]}\r\nConnection: close\r\n\r\n`);
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, serveSession);
  }

  function serveSession(socket) {
    const session = new Session(chain);
    let turn = Promise.resolve();
    socket.on('close', () => session.close());
    socket.on('error', () => session.close());
    // Answers leave in the order of their questions.
    socket.on('message', (message) => {
      const question = asked(message);
      turn = turn.then(async () => {
        const call = `WS /ogmios ${question?.method}`;
        const answer = await answered(call, async () => [200, question ? await session.answer(question) : MALFORMED]);
        if (answer?.[0] === 200) socket.send(JSON.stringify(answer[1]));
        else socket.terminate();
      });
    });
  }

  async function devnet(request, name) {
    const call = Object.hasOwn(control, name) ? control[name] : null;
    if (!call) return NOT_FOUND;
    if (request.method !== 'POST' && !(request.method === 'GET' && name === 'state')) {
      return [405, problem(405, 'Control calls are POST; /devnet/state may also be GET.')];
    }
    try {
      return [200, call(parsed(await bodyOf(request)))];
    } catch (error) {
      if (error instanceof BadControl) return [400, problem(400, error.message)];
      throw error;
    }
  }

  const server = http.createServer(async (request, response) => {
    try {
      const url = new URL(request.url, 'http://devnet');
      const name = url.pathname.match(/^\/devnet\/(.*)$/)?.[1];
      const answer = await (name === undefined ? provider(request, url) : devnet(request, name));
      if (answer === null) request.socket.destroy();
      else send(response, ...answer);
    } catch (error) {
      console.error(error);
      send(response, 500, problem(500, 'The devnet made a mistake; its log says which.'));
    }
  });
  server.on('upgrade', (request, socket, head) => {
    upgraded(request, socket, head).catch((error) => {
      console.error(error);
      socket.destroy();
    });
  });
  return server;
}

function asked(message) {
  try {
    const question = JSON.parse(message);
    return question !== null && typeof question === 'object' ? question : null;
  } catch {
    return null;
  }
}

function answerTo(chain, history, request, path, query, body) {
  if (request.method === 'POST' && path === '/tx/submit') return submitted(chain, request, body);
  if (request.method !== 'GET') return NOT_FOUND;
  try {
    const view = read(chain, history, path, query);
    return view === null ? NOT_FOUND : [200, view];
  } catch (error) {
    if (error instanceof BadRequest) return [400, problem(400, error.message)];
    throw error;
  }
}

function submitted(chain, request, body) {
  if (!/application\/cbor/.test(request.headers['content-type'] ?? '')) {
    return [400, problem(400, 'The content type must be application/cbor.')];
  }
  const { hash, refusal } = chain.submit(body);
  return refusal ? [400, problem(400, refusal)] : [200, hash];
}

function parsed(body) {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new BadControl('The body is not JSON.');
  }
}

async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size <= MOST_BODY_BYTES) parts.push(part);
  }
  return Buffer.concat(parts);
}

function withoutIdentifiers(path) {
  return path.replace(/[0-9a-f]{64}/g, '{hash}').replace(/addr(_test)?1[a-z0-9]+/g, '{address}');
}

function problem(status, message) {
  return { status_code: status, error: NAMES[status] ?? http.STATUS_CODES[status] ?? 'Error', message };
}

function send(response, status, content, type = 'application/json', headers = {}) {
  const body = type === 'application/json' ? JSON.stringify(content) : content;
  response.writeHead(status, {
    ...headers,
    ...(type && { 'content-type': type }),
    'content-length': Buffer.byteLength(body),
    // As at Blockfrost, a page of any origin may check a certificate against the chain.
    'access-control-allow-origin': '*',
  });
  response.end(body);
}
