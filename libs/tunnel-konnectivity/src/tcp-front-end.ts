import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connectSocket, DialDeadline, type TlsMaterial, TlsMemory, tlsOver } from '@hawser/dial';
import { type Clock, systemClock } from '@hawser/runtime';
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
  readonly #files: FrontEndTlsFiles;
  readonly #alpnProtocols: readonly string[] | undefined;
  readonly #memory: TlsMemory;
  readonly #clock: Clock;
  #spare: Spare | undefined;
  #preparing = false;
  readonly #disposed = new AbortController();

  /** @param url `https://HOST:PORT`; its files are read for each connection, so that none needs a restart. */
  constructor(
    url: string,
    files: FrontEndTlsFiles,
    { alpnProtocols, clock = systemClock }: TcpFrontEndOptions = {},
  ) {
    const { hostname, port } = new URL(url);
    this.#host = hostname.replace(/^\[(.*)\]$/, '$1');
    this.#port = port === '' ? HTTPS_PORT : Number(port);
    this.address = `${hostname}:${this.#port}`;
    this.name = `https://${this.address}`;
    this.#files = files;
    this.#alpnProtocols = alpnProtocols;
    this.#clock = clock;
    this.#memory = new TlsMemory({ clock });
  }

  async connect(signal: AbortSignal): Promise<Socket> {
    return this.#open(this.#read(), signal);
  }

  /** One that was opened with other files than there are now is of no use: they may have been changed to keep it out. */
  takeSpare(): Socket | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare === undefined) return undefined;
    if (this.#isCurrent(spare.material)) return spare.socket.take();
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

  #isCurrent(material: Required<TlsMaterial>): boolean {
    try {
      return isSame(material, this.#read());
    } catch {
      return false;
    }
  }

  async #openSpare(signal: AbortSignal): Promise<void> {
    const material = this.#read();
    const socket = await this.#open(material, signal);
    if (signal.aborted) return void socket.destroy();
    this.#spare?.socket[Symbol.dispose]();
    this.#spare = { material, socket: new SpareSocket(socket, this.#clock) };
  }

  [Symbol.dispose](): void {
    this.#disposed.abort(new Error('canceled'));
    this.#spare?.socket[Symbol.dispose]();
  }

  #read(): Required<TlsMaterial> {
    const { caBundle, clientCert, clientKey } = this.#files;
    return { ca: readFileSync(caBundle), cert: readFileSync(clientCert), key: readFileSync(clientKey) };
  }

  async #open(material: TlsMaterial, signal: AbortSignal): Promise<Socket> {
    const { tlsServerName = this.#host } = this.#files;
    const where = { host: this.#host, port: this.#port };
    const socket = await connectSocket(where, { allowHalfOpen: true, signal });
    try {
      const alpn = this.#alpnProtocols === undefined ? {} : { alpnProtocols: this.#alpnProtocols };
      const verification = { ...material, ...alpn, serverName: tlsServerName, memory: this.#memory };
      return await tlsOver(socket, { ...verification, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
}

function isSame(a: Required<TlsMaterial>, b: Required<TlsMaterial>): boolean {
  return (['ca', 'cert', 'key'] as const).every((name) => Buffer.from(a[name]).equals(Buffer.from(b[name])));
}
