import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';

export interface ConnectProxyOptions {
  /** Given for TLS, in which the client must show a certificate of `ca`. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  /** The path of a unix socket, in place of a port. */
  readonly path?: string;
  readonly port?: number;
}

/** Where a target that only the proxy knows really is. */
export type TargetMap = Readonly<Record<string, { readonly host: string; readonly port: number }>>;

const OK = 'HTTP/1.1 200 Connection Established\r\n\r\n';

/**
 * A server for HTTP CONNECT in a Konnectivity server's place: it leads addresses that nobody else could reach to
 * where a test has put their servers, and can refuse, freeze or be cut as no real one does on demand.
 */
export class ConnectProxy implements AsyncDisposable {
  /** Each target that was asked for, in its order. */
  readonly asked: string[] = [];
  /** What every CONNECT is answered, in place of being led anywhere; nothing at all where it is empty. */
  answer: string | undefined;
  /** Whether every CONNECT is granted, and then nothing more is said. */
  stalls = false;
  targets: TargetMap = {};
  /** How many connections were made. */
  accepted = 0;
  /** How many connections were made whose handshake was a resumed one. */
  resumed = 0;
  readonly #sockets = new Set<Socket>();
  readonly #tunnels = new Set<Socket>();
  readonly #server: net.Server;

  private constructor({ tls: material }: ConnectProxyOptions) {
    const serve = (socket: Socket) => this.#serve(socket);
    this.#server =
      material === undefined
        ? net.createServer({ allowHalfOpen: true }, serve)
        : tls.createServer(
            { ...material, requestCert: true, rejectUnauthorized: true, allowHalfOpen: true },
            (socket) => {
              if (socket.isSessionReused()) this.resumed += 1;
              serve(socket);
            },
          );
    this.#server.on('tlsClientError', () => {});
  }

  static async start(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options);
    if (options.path !== undefined) proxy.#server.listen(options.path);
    else proxy.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** How many of them were asked for a target. */
  get tunnels(): number {
    return this.#tunnels.size;
  }

  /** Loses every connection, as a server does that is killed. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    this.accepted += 1;
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => socket.destroy());
    const head = await headOf(socket).catch(() => '');
    const target = /^CONNECT (\S+) HTTP\/1\.1\r\nHost: \S+\r\n/.exec(head)?.[1];
    if (head === '') return void socket.destroy();
    if (target === undefined) return void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    this.asked.push(target);
    this.#tunnels.add(socket);
    socket.on('close', () => this.#tunnels.delete(socket));
    if (this.answer === '') return void socket.resume().on('end', () => socket.destroy());
    if (this.stalls)
      return void socket
        .resume()
        .on('end', () => socket.destroy())
        .write(OK);
    if (this.answer !== undefined) return void socket.resume().end(this.answer);
    const place = this.targets[target];
    if (place === undefined)
      return void socket.end(
        'HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\ncurrently no tunnels available: No backend available',
      );
    const backend = net.connect({ ...place, allowHalfOpen: true, noDelay: true });
    backend.on('connect', () => {
      socket.write(OK);
      socket.pipe(backend).pipe(socket);
    });
    backend.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => backend.destroy());
  }
}

/** Nothing comes after it before it has been answered. */
async function headOf(socket: Socket): Promise<string> {
  let text = '';
  for (;;) {
    const gone = ['end', 'close'].map((event) => once(socket, event).then(() => []));
    const [chunk] = await Promise.race([once(socket, 'data'), ...gone]);
    if (chunk === undefined) return '';
    text += chunk;
    if (!text.includes('\r\n\r\n')) continue;
    socket.pause();
    return text;
  }
}
