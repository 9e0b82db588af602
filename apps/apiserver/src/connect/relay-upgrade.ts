import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, excerpt } from '@hawser/api';
import type { Clock } from '@hawser/runtime';
import type { Answer, StreamingAnswer } from '../pipeline/answer.ts';
import type { RequestContext, Upgrade } from '../pipeline/request-context.ts';
import { pipeBoth } from './pipe-both.ts';
import { headerOf, type ResponseHead, readResponseHead } from './response-head.ts';
import type { StreamMetrics } from './stream-metrics.ts';

/** How long what is behind the hub may take to say whether it changes the protocol. */
const HEAD_TIMEOUT_MS = 30_000;
/** So much of a refusal is handed on, and so long is waited for it. */
const MAX_REFUSAL_BYTES = 64 * 1024;
const REFUSAL_TIMEOUT_MS = 10_000;

export interface UpgradeRelay {
  readonly context: RequestContext & { readonly upgrade: Upgrade };
  /** A connection to what the client is to speak with. */
  readonly backend: Duplex;
  /** The request line and headers to send it, without those that ask for the upgrade. */
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
  };
  readonly clock: Clock;
  readonly metrics: StreamMetrics;
}

/**
 * Asks a backend for the protocol that the client asked for. If it agrees, what either says from then on goes to
 * the other as it is; if it refuses, its refusal is the answer (apimachinery/pkg/util/proxy/upgradeaware.go).
 * @throws ApiError InternalError when it answers neither so nor so, or not in time; the connection is closed then.
 */
export async function relayUpgrade(relay: UpgradeRelay): Promise<Answer | StreamingAnswer> {
  const { backend, context, clock } = relay;
  // A fault of the connection shows as its end.
  backend.on('error', () => backend.destroy());
  const stop = () => void backend.destroy();
  if (context.signal.aborted) stop();
  context.signal.addEventListener('abort', stop, { once: true });
  backend.once('close', () => context.signal.removeEventListener('abort', stop));
  backend.write(headOf(relay));
  try {
    const head = await within(clock, HEAD_TIMEOUT_MS, backend, () => readResponseHead(backend));
    if (head.code === 101) return { code: 101, stream: (response) => join(relay, head, response) };
    if (head.code < 400) throw new Error(`invalid upgrade response: status code ${head.code}`);
    return await refusalOf(relay, head);
  } catch (cause) {
    backend.destroy();
    if (cause instanceof ApiError || !(cause instanceof Error)) throw cause;
    throw new ApiError('InternalError', `error dialing backend: ${cause.message}`, undefined, { cause });
  }
}

function headOf({ request: { method, path, headers }, context }: UpgradeRelay): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${path} HTTP/1.1\r\n${lines}Connection: Upgrade\r\nUpgrade: ${context.request.headers.upgrade}\r\n\r\n`;
}

/** The change of protocol, and everything after it. Nothing is thrown: an answer could not be told any more. */
async function join(
  { context, backend, metrics }: UpgradeRelay,
  { headers, rest }: ResponseHead,
  response: import('node:http').ServerResponse,
): Promise<void> {
  const { upgrade, trail, info } = context;
  const { socket, head } = upgrade;
  response.statusCode = 101;
  const own = Object.entries(response.getHeaders()).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => [name, String(one)] as const),
  );
  const lines = [...headers, ...own].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  using _counted = metrics.streamBegins(info);
  socket.write(`HTTP/1.1 101 ${STATUS_CODES[101]}\r\n${lines}\r\n`, 'latin1');
  if (rest.length > 0) socket.write(rest);
  if (head.length > 0) backend.write(head);
  const { forthBytes, backBytes } = await pipeBoth(socket, backend, {
    forthBytes: head.length,
    backBytes: rest.length,
  });
  metrics.carried(info, forthBytes, backBytes);
  trail.annotate('hawser.dev/received-bytes', String(forthBytes));
  trail.annotate('hawser.dev/sent-bytes', String(backBytes));
}

/** A refusal as the client is to have it: code, type and body as they came. */
async function refusalOf({ backend, clock }: UpgradeRelay, head: ResponseHead): Promise<Answer> {
  const chunks = [head.rest];
  let bytes = head.rest.length;
  const length = Number(headerOf(head, 'content-length') ?? Number.POSITIVE_INFINITY);
  const wanted = Math.min(Number.isNaN(length) ? 0 : length, MAX_REFUSAL_BYTES);
  const chunked = /chunked/i.test(headerOf(head, 'transfer-encoding') ?? '');
  const timer = clock.after(REFUSAL_TIMEOUT_MS, () => backend.destroy());
  try {
    while (bytes < wanted && !(chunked && Buffer.concat(chunks).includes('0\r\n\r\n'))) {
      const chunk: Buffer | undefined = await nextOf(backend);
      if (chunk === undefined) break;
      chunks.push(chunk);
      bytes += chunk.length;
    }
  } finally {
    timer[Symbol.dispose]();
    backend.destroy();
  }
  const raw = Buffer.concat(chunks).subarray(0, MAX_REFUSAL_BYTES);
  const body = chunked ? joinChunks(raw) : raw.subarray(0, wanted);
  return { code: head.code, type: headerOf(head, 'content-type') ?? 'text/plain', body };
}

function nextOf(stream: Duplex): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const done = (chunk?: Buffer) => {
      stream.off('data', done).off('end', done).off('close', done);
      stream.pause();
      resolve(chunk);
    };
    if (stream.destroyed || stream.readableEnded) return resolve(undefined);
    stream.on('data', done).on('end', done).on('close', done);
    stream.resume();
  });
}

/** The data of a chunked body, as far as it is whole (RFC 9112, section 7.1). */
function joinChunks(raw: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < raw.length; ) {
    const lineEnd = raw.indexOf('\r\n', at);
    const size = lineEnd === -1 ? 0 : Number.parseInt(raw.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) break;
    parts.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

async function within<T>(clock: Clock, ms: number, backend: Duplex, work: () => Promise<T>): Promise<T> {
  let late = false;
  using _timer = clock.after(ms, () => {
    late = true;
    backend.destroy();
  });
  try {
    return await work();
  } catch (error) {
    if (late) throw new ApiError('Timeout', excerpt(`no answer within ${ms / 1_000} seconds`));
    throw error;
  }
}
