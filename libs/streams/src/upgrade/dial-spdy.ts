import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '@hawser/runtime';
import { type AnswerHead, readAnswerBody, readAnswerHead } from './read-answer.ts';
import { UpgradeFailedError } from './upgrade-error.ts';
import { SPDY, STREAM_PROTOCOL_HEADER } from './upgrade-request.ts';

/** What to ask of a server. */
export interface DialRequest {
  /** Path and query, as `/exec/default/web/nginx?command=sh&output=1`. */
  readonly path: string;
  /** Host, and what else the server is to know; those of the upgrade are added. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface DialOptions {
  readonly clock?: Clock;
  /** Ends the dialling, and the connection with it. */
  readonly signal?: AbortSignal;
}

/** A connection that speaks SPDY from here on. */
export interface UpgradedSpdy {
  /** What the server has chosen of the offers. */
  readonly protocol: string;
  /** What came with the answer. */
  readonly head: Buffer;
}

/** How long a server may take to answer (client-go's `createStreamResponseTimeout` is as long). */
const ANSWER_MS = 30_000;

/**
 * Asks a server over a connection, which is verified and encrypted already, to speak SPDY/3.1.
 * @param protocols the offers, best first.
 * @throws UpgradeFailedError with what the server answered instead; Error when it does not answer in 30 s, or goes
 * away. The connection is ended in either case.
 */
export async function dialSpdy(
  socket: Duplex,
  request: DialRequest,
  protocols: readonly string[],
  { clock = systemClock, signal }: DialOptions = {},
): Promise<UpgradedSpdy> {
  // An error that nobody waits for must not end the service.
  socket.on('error', () => {});
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  givenUp.catch(() => {});
  using _timer = clock.after(ANSWER_MS, () =>
    reject(new Error('timed out waiting for the answer to the upgrade')),
  );
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    signal?.throwIfAborted();
    socket.write(requestText(request, protocols));
    return await Promise.race([answerOf(socket, protocols), givenUp]);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function answerOf(socket: Duplex, protocols: readonly string[]): Promise<UpgradedSpdy> {
  const answer = await readAnswerHead(socket);
  const { code, headers, rest } = answer;
  if (code !== 101) throw new UpgradeFailedError(code, headers, await readAnswerBody(socket, answer));
  if (!isSpdy(answer)) throw new Error('the server has upgraded to something other than SPDY/3.1');
  // Servers before 1.3 name none, and speak the oldest.
  const protocol = headers[STREAM_PROTOCOL_HEADER.toLowerCase()] ?? protocols.at(-1)!;
  if (!protocols.includes(protocol))
    throw new Error(`the server has chosen a protocol that was not offered: ${protocol}`);
  return { protocol, head: rest };
}

function isSpdy({ headers }: AnswerHead): boolean {
  const upgrade = headers['upgrade']?.toLowerCase();
  return headers['connection']?.toLowerCase().includes('upgrade') === true && upgrade === 'spdy/3.1';
}

/** @throws TypeError for a path or header that would begin another line. */
function requestText({ path, headers }: DialRequest, protocols: readonly string[]): string {
  const lines: (readonly [string, string])[] = [
    ...Object.entries(headers),
    ['Connection', 'Upgrade'],
    ['Upgrade', SPDY],
    ['Content-Length', '0'],
    ...protocols.map((name) => [STREAM_PROTOCOL_HEADER, name] as const),
  ];
  const text = [`POST ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  if (/[\s]/.test(path) || text.some((line) => /[\r\n\0]/.test(line)))
    throw new TypeError('a path or header of the upgrade holds a character that it may not');
  return `${text.join('\r\n')}\r\n\r\n`;
}
