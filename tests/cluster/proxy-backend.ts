import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { KeyMaterial } from './identities.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server in the place of what runs in a pod: it shows what came, and answers as each test says. */
export class ProxyBackend implements AsyncDisposable {
  readonly seen: IncomingMessage[] = [];
  handle: Handler = (_request, response) => void response.end('hello');
  readonly #server: http.Server | https.Server;

  private constructor(server: http.Server | https.Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.seen.push(request);
      this.handle(request, response);
    });
    // Echoes whatever protocol is asked for.
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.seen.push(request);
      socket.on('error', () => socket.destroy());
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n`,
      );
      if (head.length > 0) socket.write(head);
      socket.pipe(socket);
    });
  }

  /** @param material given for HTTPS; `ca` lets it see who asks. */
  static async start(
    address: string,
    material?: KeyMaterial & { readonly ca?: string },
  ): Promise<ProxyBackend> {
    const server =
      material === undefined
        ? http.createServer()
        : https.createServer({
            ...material,
            requestCert: material.ca !== undefined,
            rejectUnauthorized: false,
          });
    const backend = new ProxyBackend(server);
    server.listen(0, address);
    await once(server, 'listening');
    return backend;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get last(): IncomingMessage {
    return this.seen.at(-1)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
