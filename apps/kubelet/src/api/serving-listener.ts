import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { listenTls, type TlsListener, type TlsMaterial } from '@hawser/http';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import type { StoredCertificate } from '../certificates/certificate-store.ts';

export interface ServingListenerOptions {
  readonly host: string;
  readonly port: number;
  /** CAs of client certificates. Without it, callers come with tokens. */
  readonly clientCaFile?: string;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const CA_CHECK_MS = 30_000;

/**
 * The HTTPS port. It opens with the first serving certificate and not before: a self-signed one could not be
 * verified by anybody. Later certificates, and changes of the client CA, take effect on new connections.
 */
export class ServingListener implements AsyncDisposable {
  readonly #options: ServingListenerOptions;
  #listener: TlsListener | undefined;
  #material: TlsMaterial | undefined;
  #opening: Promise<void> = Promise.resolve();

  constructor(options: ServingListenerOptions) {
    this.#options = options;
  }

  /** The port in use; undefined while it is closed. */
  get port(): number | undefined {
    return this.#listener?.address.port;
  }

  /** Serves with this certificate from now on. */
  use({ pem }: StoredCertificate, signal: AbortSignal): void {
    const { clientCaFile } = this.#options;
    const clientCa = clientCaFile === undefined ? {} : { clientCa: readFileSync(clientCaFile) };
    this.#material = { cert: pem, key: pem, ...clientCa };
    if (this.#listener !== undefined) this.#listener.replaceMaterial(this.#material);
    else this.#opening = this.#opening.then(() => this.#open(signal));
  }

  /** Looks at the client CA now and then, until the signal aborts. */
  async watchClientCa(signal: AbortSignal): Promise<void> {
    const { clientCaFile, clock, logger } = this.#options;
    while (clientCaFile !== undefined && !signal.aborted) {
      await sleep(CA_CHECK_MS, signal, clock).catch(() => {});
      if (this.#material === undefined || this.#listener === undefined) continue;
      try {
        const clientCa = readFileSync(clientCaFile);
        if (clientCa.equals(this.#material.clientCa as Buffer)) continue;
        this.#material = { ...this.#material, clientCa };
        this.#listener.replaceMaterial(this.#material);
        logger.info({ clientCaFile }, 'client CA reloaded');
      } catch (error) {
        logger.warn({ error, clientCaFile }, 'client CA could not be reloaded, the old one stays');
      }
    }
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { host, port, onRequest, onUpgrade, logger, clock } = this.#options;
    const backoff = new Backoff({ initialMs: 200, maxMs: 5_000 });
    while (!signal.aborted && this.#listener === undefined) {
      try {
        this.#listener = await listenTls(port, host, { material: this.#material!, onRequest, onUpgrade });
        logger.info({ address: `${host}:${this.port}` }, 'serving HTTPS');
      } catch (error) {
        logger.error({ error, address: `${host}:${port}` }, 'cannot listen, trying again');
        await sleep(backoff.next(), signal, clock).catch(() => {});
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening;
    await this.#listener?.[Symbol.asyncDispose]();
  }
}
