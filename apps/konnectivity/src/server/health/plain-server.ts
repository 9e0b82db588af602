import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A plain HTTP server that closes with its connections. */
export interface PlainServer extends AsyncDisposable {
  readonly port: number;
}

/** What is answered to a GET: status, body, and its media type where that is not plain text. */
export interface PlainAnswer {
  readonly code: number;
  readonly body: string;
  readonly contentType?: string;
}

/** By path. */
export type PlainRoutes = Readonly<Record<string, () => PlainAnswer | Promise<PlainAnswer>>>;

/**
 * Serves health and metrics in plain HTTP, as upstream does: its default address is a loopback one.
 * @param host all addresses if empty.
 */
export function startPlainServer(host: string, port: number, routes: PlainRoutes): Promise<PlainServer> {
  const server = createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') send(response, METHOD_NOT_ALLOWED);
    else if (route === undefined) send(response, NOT_FOUND);
    else
      void Promise.resolve()
        .then(route)
        .then((answer) => send(response, answer))
        .catch(() => send(response, FAILED));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === '' ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve({ port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => close(server) });
    });
  });
}

const NOT_FOUND: PlainAnswer = { code: 404, body: '404 page not found\n' };
const METHOD_NOT_ALLOWED: PlainAnswer = { code: 405, body: 'method not allowed\n' };
const FAILED: PlainAnswer = { code: 500, body: 'internal error\n' };

function send(
  response: ServerResponse,
  { code, body, contentType = 'text/plain; charset=utf-8' }: PlainAnswer,
): void {
  response.writeHead(code, { 'content-type': contentType, 'x-content-type-options': 'nosniff' }).end(body);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
