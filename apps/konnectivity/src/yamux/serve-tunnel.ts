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
    return refuse(stream, error);
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
  const head = await withDeadline(readHead(stream), clock, HEAD_MS, () => void stream.destroy());
  const target = parseConnectRequest(head);
  if (target === undefined) throw new BadRequestError('the request is no CONNECT to a host and a port');
  const dialling = dialTarget(target, abort.signal);
  return withDeadline(dialling, clock, DIAL_MS, () => {
    abort.abort();
    // Whoever dials may take no notice.
    dialling.then((late) => late.destroy()).catch(() => {});
    throw new DialTimeoutError(`dial tcp ${target.host}:${target.port}: i/o timeout`);
  });
}

/** @param late called when it takes too long; what it throws is the outcome then. */
function withDeadline<T>(promise: Promise<T>, clock: Clock, ms: number, late: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => {
      try {
        late();
      } catch (error) {
        reject(error);
      }
    });
    promise.then(resolve, reject).finally(() => timer[Symbol.dispose]());
  });
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
