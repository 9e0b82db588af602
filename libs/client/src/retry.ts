import type { IncomingMessage } from 'node:http';
import { type Clock, sleep } from '@hawser/runtime';
import { ConnectionError } from './status-error.ts';

/** As client-go's `MaxRetries` for answers that ask to come back. */
const MAX_RETRIES = 10;
/** Longest wait that a server may ask for before the caller hears of the refusal. */
const MAX_RETRY_AFTER_MS = 30_000;
/** How often a read is sent again whose connection broke; the peer may just have closed an idle one. */
const MAX_RESETS = 2;
const RESET_CODES = new Set(['ECONNRESET', 'EPIPE', 'ConnectionClosed', 'ERR_SOCKET_CLOSED']);

/**
 * Sends, and sends again only where that cannot repeat an effect: after 429 or 503 with Retry-After (the server did
 * not begin), and, for GET, after a connection reset.
 * @returns the answer, which may still be a refusal.
 */
export async function sendWithRetries(
  method: string,
  send: () => Promise<IncomingMessage>,
  signal: AbortSignal,
  clock: Clock,
): Promise<IncomingMessage> {
  let resets = 0;
  for (let attempt = 0; ; attempt += 1) {
    let response: IncomingMessage;
    try {
      response = await send();
    } catch (error) {
      if (method !== 'GET' || !isReset(error) || resets >= MAX_RESETS) throw error;
      resets += 1;
      continue;
    }
    const delayMs = retryAfterMs(response);
    if (delayMs === undefined || attempt >= MAX_RETRIES) return response;
    response.resume();
    await sleep(delayMs, signal, clock);
  }
}

function isReset(error: unknown): boolean {
  return (
    error instanceof ConnectionError &&
    (RESET_CODES.has(error.code) || error.message.includes('socket hang up'))
  );
}

function retryAfterMs(response: IncomingMessage): number | undefined {
  if (response.statusCode !== 429 && response.statusCode !== 503) return undefined;
  const seconds = Number(response.headers['retry-after']);
  if (!Number.isFinite(seconds) || response.headers['retry-after'] === undefined) return undefined;
  const delayMs = seconds * 1000;
  return delayMs <= MAX_RETRY_AFTER_MS ? delayMs : undefined;
}
