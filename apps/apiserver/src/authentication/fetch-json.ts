import http from 'node:http';
import type { Dialer } from '@hawser/dial';
import { dialVerified } from '../connect/dial-verified.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 1024 * 1024;

export interface FetchJsonOptions {
  readonly dialer: Dialer;
  /** The CAs of which one must vouch for whoever answers. */
  readonly readCa: () => string;
}

/**
 * Gets a JSON document over TLS that was verified for the URL's host. No redirect is followed, and nothing of an answer
 * is quoted.
 * @throws Error with the reason; DialError.
 */
export async function fetchJson(
  { dialer, readCa }: FetchJsonOptions,
  text: string,
  ended: AbortSignal,
): Promise<unknown> {
  const url = new URL(text);
  const signal = AbortSignal.any([ended, AbortSignal.timeout(TIMEOUT_MS)]);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 443 : Number(url.port);
  const peer = { ca: readCa(), serverName: host };
  const socket = await dialVerified(dialer, { host, port }, peer, signal);
  try {
    const body = await answerOf(socket, url, signal);
    return JSON.parse(body.toString());
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`GET ${text}: the answer is not JSON`);
    throw new Error(`GET ${text}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    socket.destroy();
  }
}

function answerOf(
  socket: Awaited<ReturnType<typeof dialVerified>>,
  url: URL,
  signal: AbortSignal,
): Promise<Buffer> {
  const { host, pathname, search } = url;
  const headers = { host, accept: 'application/json', connection: 'close', 'user-agent': 'hawser-apiserver' };
  const path = pathname + search;
  return new Promise((resolve, reject) => {
    const request = http.request({ createConnection: () => socket, method: 'GET', path, headers, signal });
    request.once('response', (response) => void bodyOf(response).then(resolve, reject));
    request.once('error', reject);
    request.end();
  });
}

async function bodyOf(response: http.IncomingMessage): Promise<Buffer> {
  if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
