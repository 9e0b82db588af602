import { createServer, type Server, type Socket } from 'node:net';
import { connectSocket } from '@hawser/dial';
import { pipeBoth } from '@hawser/streams';
import { type Endpoint, endpointKey } from '../services/endpoint.ts';

export interface ListenerOptions {
  readonly address: string;
  readonly port: number;
  /** The endpoint for a client; undefined where there is none, or none besides those tried. */
  readonly choose: (client: string, tried: ReadonlySet<string>) => Endpoint | undefined;
}

/** How long endpoints may take, one after the other, until one is connected (upstream's userspace proxy of old). */
const DIAL_TIMEOUTS_MS = [250, 500, 1_000, 2_000];

/** Takes connections at an address and carries each to an endpoint. */
export class TcpListener {
  readonly #connections = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly options: ListenerOptions & { readonly onIdle?: () => void },
  ) {
    server.on('connection', (client: Socket) => void this.#carry(client));
  }

  /** @param onIdle called when the last of its connections has ended. @throws Error of the system. */
  static open(options: ListenerOptions & { readonly onIdle?: () => void }): Promise<TcpListener> {
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      pauseOnConnect: true,
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, options.address, () => {
        server.off('error', reject).on('error', () => {});
        resolve(new TcpListener(server, options));
      });
    });
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Takes no more; those that stand go on. */
  close(): void {
    this.server.close();
  }

  /** Ends those that stand, too. */
  destroy(): void {
    this.server.close();
    for (const socket of this.#connections) socket.destroy();
  }

  async #carry(client: Socket): Promise<void> {
    this.#connections.add(client);
    client.on('error', () => {});
    try {
      const backend = await this.#dial(client);
      if (backend === undefined) client.resetAndDestroy();
      else await pipeBoth(client, backend);
    } finally {
      this.#connections.delete(client);
      if (this.#connections.size === 0) this.options.onIdle?.();
    }
  }

  /** Tries endpoints until one takes the connection, or none is left, or the client is gone. */
  async #dial(client: Socket): Promise<Socket | undefined> {
    const tried = new Set<string>();
    const gone = new AbortController();
    client.once('close', () => gone.abort(new Error('the client is gone')));
    for (const timeoutMs of DIAL_TIMEOUTS_MS) {
      const endpoint = this.options.choose(client.remoteAddress ?? '', tried);
      if (endpoint === undefined || client.destroyed) return undefined;
      tried.add(endpointKey(endpoint));
      const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(timeoutMs)]);
      try {
        return await connectSocket(
          { host: endpoint.ip, port: endpoint.port },
          { allowHalfOpen: true, signal },
        );
      } catch {
        // Said to nobody: the next may do, and a client that finds none is reset.
      }
    }
    return undefined;
  }
}
