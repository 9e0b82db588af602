import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A plain HTTP server that closes with its connections. */
export interface PlainServer extends AsyncDisposable {
  readonly port: number;
}

/** How long a client may take to say what it wants (upstream's). */
const HEADERS_TIMEOUT_MS = 60_000;

/**
 * Serves plain HTTP, for what tells no secrets: health, metrics.
 * @param host an address; empty for all of them.
 * @throws Error when it cannot listen there.
 */
export function startPlainServer(
  host: string,
  port: number,
  onRequest: RequestListener,
): Promise<PlainServer> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, onRequest);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host === '' ? undefined : host, () => {
      server.off('error', reject);
      const dispose = async () => {
        const closed = new Promise<void>((done) => server.close(() => done()));
        server.closeAllConnections();
        await closed;
      };
      resolve({ port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: dispose });
    });
  });
}
