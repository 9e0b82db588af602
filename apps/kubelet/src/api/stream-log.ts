import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Sends pieces as they come, no faster than the client takes them. The head goes out at once, so that whoever
 * follows a silent log knows that it is connected. Returns early when the client leaves.
 */
export async function streamLog(
  response: ServerResponse,
  pieces: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.flushHeaders();
  for await (const piece of pieces) {
    if (signal.aborted) return;
    if (!response.write(piece)) await once(response, 'drain', { signal }).catch(() => {});
  }
  response.end();
}
