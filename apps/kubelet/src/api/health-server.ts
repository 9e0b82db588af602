import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A plain HTTP server that closes with its connections. */
export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * Serves /healthz in plain HTTP, for the node itself: `--healthz-bind-address` is a loopback address unless
 * somebody says otherwise.
 * @param problem what is wrong, if anything is.
 */
export function startHealthServer(
  host: string,
  port: number,
  problem: () => Promise<string | undefined>,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path !== '/healthz') return void response.writeHead(404).end('404 page not found\n');
    void problem().then((text) => response.writeHead(text === undefined ? 200 : 500).end(text ?? 'ok'));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const close = () => new Promise<void>((done) => server.close(() => done()));
      const dispose = async () => {
        server.closeAllConnections();
        await close();
      };
      resolve({ port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: dispose });
    });
  });
}
