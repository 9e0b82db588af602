import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { TlsMemory, tlsOver } from '@hawser/dial';
import { connectSocket } from './connect-socket.ts';
import type { FrontEnd } from './front-end.ts';

/** The files with which the hub and the Konnectivity server prove themselves to each other. */
export interface FrontEndTlsFiles {
  readonly caBundle: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** Whom the server's certificate must be for; who is connected to where absent. */
  readonly tlsServerName?: string;
}

const HTTPS_PORT = 443;

/** A Konnectivity server over TCP and TLS in which both sides are verified. */
export class TcpFrontEnd implements FrontEnd {
  readonly name: string;
  readonly address: string;
  readonly #host: string;
  readonly #port: number;
  readonly #files: FrontEndTlsFiles;
  readonly #alpnProtocols: readonly string[] | undefined;
  readonly #memory = new TlsMemory();

  /**
   * @param url `https://HOST:PORT`; its files are read for each connection, so that none needs a restart.
   * @param alpnProtocols what is to be spoken: `h2` for gRPC.
   */
  constructor(url: string, files: FrontEndTlsFiles, alpnProtocols?: readonly string[]) {
    const { hostname, port } = new URL(url);
    this.#host = hostname.replace(/^\[(.*)\]$/, '$1');
    this.#port = port === '' ? HTTPS_PORT : Number(port);
    this.address = `${hostname}:${this.#port}`;
    this.name = `https://${this.address}`;
    this.#files = files;
    this.#alpnProtocols = alpnProtocols;
  }

  async connect(signal: AbortSignal): Promise<Socket> {
    const { caBundle, clientCert, clientKey, tlsServerName = this.#host } = this.#files;
    const [ca, cert, key] = await Promise.all(
      [caBundle, clientCert, clientKey].map((path) => readFile(path)),
    );
    const socket = await connectSocket({ host: this.#host, port: this.#port }, signal);
    // Aborted, the handshake ends with the connection that it is made over.
    const abort = () => void socket.destroy();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const material = { ca: ca!, cert: cert!, key: key!, memory: this.#memory };
      const alpn = this.#alpnProtocols === undefined ? {} : { alpnProtocols: this.#alpnProtocols };
      return await tlsOver(socket, { ...material, ...alpn, serverName: tlsServerName });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
