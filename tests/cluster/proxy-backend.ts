import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { KeyMaterial } from './identities.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server in the place of what runs in a pod: it shows what came, and answers as each test says. */
export class ProxyBackend implements AsyncDisposable {
  readonly seen: IncomingMessage[] = [];
  handle: Handler = (_request, response) => void response.end('hello');
  readonly #server: net.Server;
  readonly #sockets = new Set<Socket>();

  private constructor(material: (KeyMaterial & { readonly ca?: string }) | undefined) {
    const server = http.createServer();
    const serve = (socket: Socket) => {
      this.#sockets.add(socket);
      server.emit('connection', socket);
    };
    // A server of TLS by itself: only so does Bun show who asks.
    const { ca } = material ?? {};
    this.#server =
      material === undefined
        ? net.createServer(serve)
        : tls.createServer({ ...material, requestCert: ca !== undefined, rejectUnauthorized: false }, serve);
    this.#server.on('tlsClientError', () => {});
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
    const backend = new ProxyBackend(material);
    backend.#server.listen(0, address);
    await once(backend.#server, 'listening');
    return backend;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get last(): IncomingMessage {
    return this.seen.at(-1)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
