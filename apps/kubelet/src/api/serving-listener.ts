import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { clientCaBundle, listenTls, type TlsListener, type TlsMaterial } from '@hawser/http';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import type { ReloadingFiles, ReloadMetrics } from '@hawser/tls-files';
import type { StoredCertificate } from '../certificates/certificate-store.ts';

export interface ServingListenerOptions {
  readonly host: string;
  readonly port: number;
  /** CAs of client certificates. Without it, callers come with tokens. */
  readonly clientCaFile?: string;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly reloads?: ReloadMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The HTTPS port. It opens with the first serving certificate and not before: a self-signed one could not be
 * verified by anybody. Later certificates, and changes of the client CA, take effect on new connections.
 */
export class ServingListener implements AsyncDisposable {
  readonly #options: ServingListenerOptions;
  #listener: TlsListener | undefined;
  #clientCa: ReloadingFiles<string> | undefined;
  #pem: string | undefined;
  #opening: Promise<void> = Promise.resolve();
  readonly #withdrawn: TlsListener[] = [];

  constructor(options: ServingListenerOptions) {
    this.#options = options;
  }

  /** The port in use; undefined while it is closed. */
  get port(): number | undefined {
    return this.#listener?.address.port;
  }

  /** Serves with this certificate from now on. @throws Error where the client CA cannot be read to begin with. */
  use({ pem }: StoredCertificate, signal: AbortSignal): void {
    const { clientCaFile, clock, logger, reloads: metrics } = this.#options;
    if (clientCaFile !== undefined && this.#clientCa === undefined) {
      this.#clientCa = clientCaBundle(clientCaFile, { clock, logger, ...(metrics && { metrics }) });
      void this.#clientCa.follow(() => this.#replace(), signal);
    }
    this.#pem = pem;
    if (this.#listener !== undefined) this.#replace();
    else this.#opening = this.#opening.then(() => this.#open(signal));
  }

  /**
   * Closes the port until there is another certificate: nobody who verifies would take this one. Streams that stand
   * were begun while it was good, and go on.
   */
  withdraw(): void {
    if (this.#listener === undefined) return;
    this.#listener.stopListening();
    this.#withdrawn.push(this.#listener);
    this.#listener = undefined;
    this.#options.logger.error({}, 'the HTTPS API is closed until there is a serving certificate');
  }

  get #material(): TlsMaterial {
    const clientCa = this.#clientCa === undefined ? {} : { clientCa: this.#clientCa.current };
    return { cert: this.#pem!, key: this.#pem!, ...clientCa };
  }

  #replace(): void {
    this.#listener?.replaceMaterial(this.#material);
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { host, port, onRequest, onUpgrade, logger, clock } = this.#options;
    const backoff = new Backoff({ initialMs: 200, maxMs: 5_000 });
    while (!signal.aborted && this.#listener === undefined) {
      try {
        this.#listener = await listenTls(port, host, { material: this.#material, onRequest, onUpgrade });
        logger.info({ address: `${host}:${this.port}` }, 'serving HTTPS');
      } catch (error) {
        logger.error({ error, address: `${host}:${port}` }, 'cannot listen, trying again');
        await sleep(backoff.next(), signal, clock).catch(() => {});
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening;
    for (const listener of [...this.#withdrawn, this.#listener]) await listener?.[Symbol.asyncDispose]();
  }
}
