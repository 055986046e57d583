// HTTP around the chain: Blockfrost's paths under /api/v0 and at the root, control calls under /devnet.

import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { read } from './blockfrost.mjs';
import { BadControl, controls } from './control.mjs';
import { Faults } from './faults.mjs';

// A transaction has at most 16,384 bytes; what is far larger is not worth reading.
const MOST_BODY_BYTES = 1_000_000;
const NAMES = {
  402: 'Project Over Limit',
  418: 'Requested Banned',
  425: 'Mempool Full',
  429: 'Project Over Limit',
};
const NOT_FOUND = [404, problem(404, 'The requested component has not been found.')];

export function httpServer({ chain, producer }) {
  const faults = new Faults();
  const calls = {};
  const control = controls({ chain, faults, calls, producer });

  async function blockfrost(request, url) {
    const path = url.pathname.replace(/^(\/api)?\/v0(?=\/|$)/, '');
    const call = `${request.method} ${withoutIdentifiers(path)}`;
    calls[call] = (calls[call] ?? 0) + 1;
    const body = await bodyOf(request);
    const fault = faults.take(call);
    if (fault.delay_ms) await sleep(fault.delay_ms);
    if (fault.status) return [fault.status, problem(fault.status, fault.message ?? 'A fault on request.')];
    if (fault.html) return [fault.html, '<html><body>bad gateway</body></html>', 'text/html'];
    const answer = answerTo(chain, request, path, url.searchParams, body);
    // The call was carried out; only its answer is lost on the way.
    return fault.lose_response ? null : answer;
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

  return http.createServer(async (request, response) => {
    try {
      const url = new URL(request.url, 'http://devnet');
      const name = url.pathname.match(/^\/devnet\/(.*)$/)?.[1];
      const answer = await (name === undefined ? blockfrost(request, url) : devnet(request, name));
      if (answer === null) request.socket.destroy();
      else send(response, ...answer);
    } catch (error) {
      console.error(error);
      send(response, 500, problem(500, 'The devnet made a mistake; its log says which.'));
    }
  });
}

function answerTo(chain, request, path, query, body) {
  if (request.method === 'POST' && path === '/tx/submit') return submitted(chain, request, body);
  if (request.method !== 'GET') return NOT_FOUND;
  const view = read(chain, path, query);
  return view === null ? NOT_FOUND : [200, view];
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

function send(response, status, content, type = 'application/json') {
  const body = type === 'application/json' ? JSON.stringify(content) : content;
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    // As at Blockfrost, a page of any origin may check a certificate against the chain.
    'access-control-allow-origin': '*',
  });
  response.end(body);
}
