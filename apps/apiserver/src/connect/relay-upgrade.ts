import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@hawser/runtime';
import {
  type AnswerHead,
  pipeBoth,
  readAnswerBody,
  readAnswerHead,
  UpgradeFailedError,
} from '@hawser/streams';
import type { Answer, StreamingAnswer } from '../pipeline/answer.ts';
import { namingWay, type Way } from './naming-way.ts';
import { answerOfFailure, streamingAnswer, type UpgradeContext } from './stream-context.ts';
import type { StreamMetrics } from './stream-metrics.ts';

/** How long what is behind the hub may take to say whether it changes the protocol, or why not. */
const ANSWER_TIMEOUT_MS = 30_000;

export interface UpgradeRelay {
  readonly context: UpgradeContext;
  /** A connection to what the client is to speak with. */
  readonly backend: Duplex;
  readonly way: Way;
  readonly path: string;
  /** The headers to send it, without those that ask for the upgrade. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly clock: Clock;
  readonly metrics: StreamMetrics;
}

/**
 * Asks a backend for the protocol that the client asked for. If it agrees, what either says from then on goes to
 * the other as it is; if it refuses, its refusal is the answer (apimachinery/pkg/util/proxy/upgradeaware.go).
 * @throws ApiError InternalError when it answers neither so nor so, or not in time; the connection is closed then.
 */
export async function relayUpgrade(relay: UpgradeRelay): Promise<Answer | StreamingAnswer> {
  const { backend, way, context, clock, metrics } = relay;
  endWith(context.signal, backend);
  try {
    using _timer = clock.after(ANSWER_TIMEOUT_MS, () => backend.destroy(new Error('i/o timeout')));
    backend.write(requestText(relay), 'latin1');
    const answer = await namingWay(way, readAnswerHead(backend));
    const { code, headers } = answer;
    if (code !== 101) throw new UpgradeFailedError(code, headers, await readAnswerBody(backend, answer));
    return streamingAnswer(context, metrics, async (response) => {
      const { socket, head } = context.upgrade;
      socket.write(answerText(answer, Object.entries(response.getHeaders())), 'latin1');
      socket.write(answer.rest);
      backend.write(head);
      const { aToB, bToA } = await pipeBoth(socket, backend);
      return { receivedBytes: head.length + aToB, sentBytes: answer.rest.length + bToA };
    });
  } catch (error) {
    backend.destroy();
    return answerOfFailure(error);
  }
}

/** Nobody is there any more who would want the connection. */
export function endWith(signal: AbortSignal, backend: Duplex): void {
  // A fault of the connection shows as its end.
  backend.on('error', () => {});
  const stop = () => void backend.destroy(new Error('canceled'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  backend.once('close', () => signal.removeEventListener('abort', stop));
}

function requestText({ path, headers, context }: UpgradeRelay): string {
  const { method, headers: asked } = context.request;
  const lines = [...headers, ['Connection', 'Upgrade'], ['Upgrade', asked.upgrade ?? '']];
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** The backend's answer with the hub's own headers. A value that would begin another line is left out. */
function answerText({ headers }: AnswerHead, own: readonly (readonly [string, unknown])[]): string {
  const lines = [...Object.entries(headers), ...own]
    .filter(([, value]) => !/[\r\n\0]/.test(String(value)))
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 101 ${STATUS_CODES[101]}\r\n${lines.join('')}\r\n`;
}
