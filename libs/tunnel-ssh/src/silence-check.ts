import type { Socket } from 'node:net';
import type { Clock } from '@hawser/runtime';
import { UnansweredError } from './unanswered-error.ts';

/** After so long without a byte, and two questions, it is not: well within the 5 s that a cut may take to show. */
const SILENCE_MS = 4_000;
/** How often it is to be looked after. */
export const CHECK_MS = 250;

/**
 * Whether a host is still there, to be asked every `CHECK_MS`. A pause of our own counts for little: what has come
 * meanwhile is read first.
 */
export function silenceCheck(socket: Socket, clock: Clock): () => UnansweredError | undefined {
  let bytesRead = socket.bytesRead;
  let lookedAtMs = clock.now().getTime();
  let silentMs = 0;
  return () => {
    const sinceMs = clock.now().getTime() - lookedAtMs;
    lookedAtMs += sinceMs;
    silentMs = socket.bytesRead === bytesRead ? silentMs + Math.min(sinceMs, 2 * CHECK_MS) : 0;
    bytesRead = socket.bytesRead;
    return silentMs < SILENCE_MS ? undefined : new UnansweredError(`no answer for ${SILENCE_MS / 1000} s`);
  };
}
