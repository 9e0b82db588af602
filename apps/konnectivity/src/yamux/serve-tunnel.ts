import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DialError } from '@hawser/dial';
import type { Clock } from '@hawser/runtime';
import { pipeBoth } from '@hawser/streams';
import type { ServerConnectionOptions } from '../link/server-connection.ts';
import { CONNECTED, parseConnectRequest, refusal } from './connect-message.ts';
import { readHead } from './read-head.ts';

/** The server names the target at once. */
const HEAD_MS = 10_000;
/** Longer than any server waits, so that none of ours is left when a server does not say that it waits no longer. */
const DIAL_MS = 60_000;

/**
 * Serves one stream that the server has opened: connects to the target that it names, and carries bytes until both
 * halves have ended. A stream that is reset, or goes with the link, ends the dial and resets the target's connection.
 * @param running called when the target is connected. @returns when all is over; it never rejects.
 */
export async function serveTunnel(
  stream: Duplex,
  dialTarget: ServerConnectionOptions['dialTarget'],
  clock: Clock,
  running: () => void,
): Promise<void> {
  const abort = new AbortController();
  stream.once('close', () => abort.abort());
  let target: Duplex;
  try {
    target = await connectTarget(stream, dialTarget, clock, abort);
  } catch (error) {
    abort.abort();
    return void refuse(stream, error);
  }
  if (stream.destroyed) return void target.destroy();
  running();
  stream.write(CONNECTED);
  stream.once('error', () => reset(target));
  await pipeBoth(stream, target);
}

/** The request was none. */
class BadRequestError extends Error {}
class DialTimeoutError extends Error {}

async function connectTarget(
  stream: Duplex,
  dialTarget: ServerConnectionOptions['dialTarget'],
  clock: Clock,
  abort: AbortController,
): Promise<Duplex> {
  const deadline = new Deadline(clock, abort.signal);
  try {
    deadline.set(HEAD_MS, new BadRequestError('the request did not come in time'));
    const target = parseConnectRequest(await Promise.race([readHead(stream), deadline.over]));
    if (target === undefined) throw new BadRequestError('the request is no CONNECT to a host and a port');
    deadline.set(DIAL_MS, new DialTimeoutError(`dial tcp ${target.host}:${target.port}: i/o timeout`));
    const dialling = dialTarget(target, abort.signal);
    return await Promise.race([dialling, deadline.over]).catch((error) => {
      // Whoever dials may take no notice of the signal.
      dialling.then((late) => late.destroy()).catch(() => {});
      throw error;
    });
  } finally {
    deadline[Symbol.dispose]();
  }
}

/** Ends a wait, when it takes too long or a signal aborts. */
class Deadline implements Disposable {
  /** Rejects when the wait is to end. */
  readonly over: Promise<never>;
  readonly #clock: Clock;
  readonly #reject: (error: Error) => void;
  #timer: Disposable | undefined;

  constructor(clock: Clock, signal: AbortSignal) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.over = promise;
    this.#clock = clock;
    this.#reject = reject;
    signal.addEventListener('abort', () => reject(new Error('the stream was closed')), { once: true });
  }

  /** Begins to wait, instead of what it waited for before. */
  set(ms: number, error: Error): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(ms, () => this.#reject(error));
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }
}

function refuse(stream: Duplex, error: unknown): void {
  if (stream.destroyed) return;
  const code = error instanceof BadRequestError ? 400 : error instanceof DialTimeoutError ? 504 : 502;
  const told = code !== 502 || error instanceof DialError;
  stream.resume().end(refusal(code, told ? (error as Error).message : 'the agent could not connect'));
}

/** What is reset at one end is reset at the other: a mere end would say that all has been said. */
function reset(target: Duplex): void {
  if (target instanceof Socket) target.resetAndDestroy();
  else target.destroy();
}
