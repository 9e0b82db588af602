import type { IncomingMessage } from 'node:http';
import { ConnectionError } from './status-error.ts';

/** The code of the ConnectionError for an answer that is too long. */
const TOO_LONG = 'ERR_ANSWER_TOO_LONG';

/**
 * The whole body of an answer.
 * @throws ConnectionError for one of more than `maxBytes`, which is not read to its end; the signal's reason when that
 *   aborts.
 */
export async function readText(
  response: IncomingMessage,
  { server, maxBytes }: { readonly server: string; readonly maxBytes: number },
  signal: AbortSignal,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  }
  if (sizeBytes <= maxBytes) return Buffer.concat(chunks).toString('utf8');
  const cause = Object.assign(new Error(`more than ${maxBytes} bytes`), { code: TOO_LONG });
  throw new ConnectionError('the answer of', server, cause);
}
