import type { Socket } from 'node:net';
import { connectSocket, DialDeadline, type TlsMaterial, TlsMemory, tlsOver } from '@hawser/dial';
import { silentLogger } from '@hawser/observability';
import { type Clock, systemClock } from '@hawser/runtime';
import { ReloadingFiles, type ReloadSurroundings, readCaBundle, readKeyPair } from '@hawser/tls-files';
import type { FrontEnd } from './front-end.ts';
import { SpareSocket } from './spare-socket.ts';

/** The files with which the hub and the Konnectivity server prove themselves to each other. */
export interface FrontEndTlsFiles {
  readonly caBundle: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** Whom the server's certificate must be for; who is connected to where absent. */
  readonly tlsServerName?: string;
}

export interface TcpFrontEndOptions {
  /** What is to be spoken: `h2` for gRPC. */
  readonly alpnProtocols?: readonly string[];
  readonly clock?: Clock;
  /** What says and counts that the files have changed; nothing if absent. */
  readonly reloading?: Pick<ReloadSurroundings, 'logger' | 'metrics'>;
}

const HTTPS_PORT = 443;
/** How long opening one ahead may take: nobody waits for it. */
const SPARE_TIMEOUT_MS = 2_000;

interface Spare {
  readonly material: Required<TlsMaterial>;
  readonly socket: SpareSocket;
}

/** A Konnectivity server over TCP and TLS in which both sides are verified. */
export class TcpFrontEnd implements FrontEnd, Disposable {
  readonly name: string;
  readonly address: string;
  readonly #host: string;
  readonly #port: number;
  readonly #tlsServerName: string;
  readonly #material: ReloadingFiles<Required<TlsMaterial>>;
  readonly #alpnProtocols: readonly string[] | undefined;
  readonly #memory: TlsMemory;
  readonly #clock: Clock;
  #spare: Spare | undefined;
  #preparing = false;
  readonly #disposed = new AbortController();

  /**
   * @param url `https://HOST:PORT`. The files are looked at for each connection, so that none needs a restart.
   * @throws Error when they cannot be used.
   */
  constructor(
    url: string,
    files: FrontEndTlsFiles,
    { alpnProtocols, clock = systemClock, reloading }: TcpFrontEndOptions = {},
  ) {
    const { hostname, port } = new URL(url);
    this.#host = hostname.replace(/^\[(.*)\]$/, '$1');
    this.#port = port === '' ? HTTPS_PORT : Number(port);
    this.address = `${hostname}:${this.#port}`;
    this.name = `https://${this.address}`;
    this.#tlsServerName = files.tlsServerName ?? this.#host;
    this.#material = frontEndFiles(files, { logger: silentLogger, ...reloading, clock });
    this.#alpnProtocols = alpnProtocols;
    this.#clock = clock;
    this.#memory = new TlsMemory({ clock });
  }

  async connect(signal: AbortSignal): Promise<Socket> {
    return this.#open(this.#look(), signal);
  }

  /** One that was opened with other files than there are now is of no use: they may have been changed to keep it out. */
  takeSpare(): Socket | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare === undefined) return undefined;
    if (spare.material === this.#look()) return spare.socket.take();
    spare.socket[Symbol.dispose]();
    return undefined;
  }

  /** Most of what a dial costs is its handshake. Why one cannot be made is said to the dial that needs it. */
  prepareSpare(): void {
    if (this.#preparing || this.#disposed.signal.aborted) return;
    this.#preparing = true;
    const deadline = new DialDeadline(this.#clock, SPARE_TIMEOUT_MS, this.#disposed.signal);
    this.#openSpare(deadline.signal)
      .catch(() => {})
      .finally(() => {
        deadline[Symbol.dispose]();
        this.#preparing = false;
      });
  }

  /** Not what was so a moment ago: they may have been changed to keep somebody out. */
  #look(): Required<TlsMaterial> {
    this.#material.look();
    return this.#material.current;
  }

  async #openSpare(signal: AbortSignal): Promise<void> {
    const material = this.#look();
    const socket = await this.#open(material, signal);
    if (signal.aborted) return void socket.destroy();
    this.#spare?.socket[Symbol.dispose]();
    this.#spare = { material, socket: new SpareSocket(socket, this.#clock) };
  }

  [Symbol.dispose](): void {
    this.#disposed.abort(new Error('canceled'));
    this.#spare?.socket[Symbol.dispose]();
  }

  async #open(material: TlsMaterial, signal: AbortSignal): Promise<Socket> {
    const where = { host: this.#host, port: this.#port };
    const socket = await connectSocket(where, { allowHalfOpen: true, signal });
    try {
      const alpn = this.#alpnProtocols === undefined ? {} : { alpnProtocols: this.#alpnProtocols };
      const verification = { ...material, ...alpn, serverName: this.#tlsServerName, memory: this.#memory };
      return await tlsOver(socket, { ...verification, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
}

function frontEndFiles(
  { caBundle, clientCert, clientKey }: FrontEndTlsFiles,
  surroundings: ReloadSurroundings,
): ReloadingFiles<Required<TlsMaterial>> {
  const parse = (ca = '', cert = '', key = '') => ({ ca: readCaBundle(ca), ...readKeyPair(cert, key) });
  const paths = [caBundle, clientCert, clientKey];
  return new ReloadingFiles({ ...surroundings, name: 'egress', paths, parse });
}
