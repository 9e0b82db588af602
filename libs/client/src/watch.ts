import type { IncomingMessage } from 'node:http';
import type { Deadline } from './deadline.ts';
import { LineDecoder } from './line-decoder.ts';
import type { WatchEvent } from './requests.ts';
import { ConnectionError, type Status, StatusError } from './status-error.ts';

/** Nothing came for too long: the peer is taken for dead. Watch again from the last version. */
export class WatchIdleError extends Error {
  override readonly name = 'WatchIdleError';
}

/**
 * Reads the events of a watch's answer until the server ends it.
 *
 * @param deadline aborts the request; restarted at each sign of life.
 * @throws StatusError for an ERROR event (410 when the history is gone), WatchIdleError after a silence of
 *   `idleTimeoutMs`, ConnectionError when the connection breaks, the signal's reason when it aborts.
 */
export async function* watchEvents<T>(
  response: IncomingMessage,
  deadline: Deadline,
  idleTimeoutMs: number,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const lines = new LineDecoder();
  const alive = () =>
    deadline.restart(idleTimeoutMs, () => new WatchIdleError(`nothing for ${idleTimeoutMs} ms`));
  alive();
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      alive();
      for (const line of lines.push(chunk)) yield decodeEvent<T>(line);
    }
  } catch (error) {
    if (deadline.signal.aborted) throw deadline.signal.reason;
    throw error instanceof StatusError ? error : new ConnectionError('WATCH', response.url ?? '', error);
  } finally {
    response.destroy();
  }
  if (deadline.signal.aborted) throw deadline.signal.reason;
}

function decodeEvent<T>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: unknown };
  if (event.type === 'ERROR') throw new StatusError(event.object as Status);
  return event as WatchEvent<T>;
}
