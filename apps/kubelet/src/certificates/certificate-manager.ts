import type { KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import type { CertificateStore, StoredCertificate } from './certificate-store.ts';
import {
  CertificateRefusedError,
  type CertificateTemplate,
  requestCertificate,
} from './request-certificate.ts';

export interface CertificateManagerOptions {
  readonly client: KubeClient;
  readonly store: CertificateStore;
  readonly template: CertificateTemplate;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each certificate put in use; at start of the one that is there, which is not new. */
  readonly onCertificate: (certificate: StoredCertificate, isNew: boolean) => void;
  /** Replace certificates before they expire; without it only a missing or expired one is asked for. */
  readonly rotate: boolean;
}

/** Keeps one certificate valid: asks for it when there is none, and for the next one in good time. */
export class CertificateManager {
  readonly #options: CertificateManagerOptions;
  readonly #backoff = new Backoff({ initialMs: 1_000, maxMs: 300_000 });

  constructor(options: CertificateManagerOptions) {
    this.#options = options;
  }

  /** Runs until the signal aborts; resolves then. Failures are logged and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, clock, rotate, onCertificate } = this.#options;
    let current = this.#usable(store.current());
    if (current !== undefined) onCertificate(current, false);
    while (!signal.aborted) {
      try {
        const due =
          current === undefined ? 0 : rotate ? renewalTime(current) : current.certificate.notAfter.getTime();
        await sleepUntil(due, clock, signal);
        current = await this.#renew(signal);
        onCertificate(current, true);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #renew(signal: AbortSignal): Promise<StoredCertificate> {
    const { client, store, template, logger } = this.#options;
    const keyPair = store.pendingKey();
    logger.info({ signerName: template.signerName }, 'requesting a certificate');
    const pem = await requestCertificate(client, template, keyPair, signal);
    const stored = store.update(pem, keyPair);
    this.#backoff.reset();
    const { notAfter, serialNumber } = stored.certificate;
    logger.info({ signerName: template.signerName, serialNumber, notAfter }, 'certificate put in use');
    return stored;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { store, logger, clock, template } = this.#options;
    if (error instanceof CertificateRefusedError) store.discardPendingKey();
    logger.warn({ error, signerName: template.signerName }, 'no certificate yet, trying again');
    await sleep(this.#backoff.next(), signal, clock).catch(() => {});
  }

  /** A certificate that expired, or is for other names than are wanted now, is as good as none. */
  #usable(stored: StoredCertificate | undefined): StoredCertificate | undefined {
    const { template, clock } = this.#options;
    if (stored === undefined || stored.certificate.notAfter <= clock.now()) return undefined;
    const { subject, dnsNames, ipAddresses } = stored.certificate;
    const covers =
      subject.commonName === template.commonName &&
      (template.dnsNames ?? []).every((name) => dnsNames.includes(name)) &&
      (template.ipAddresses ?? []).every((address) => ipAddresses.includes(address));
    return covers ? stored : undefined;
  }
}

/** Timers count to 24 days at most; certificates live longer. */
const LONGEST_SLEEP_MS = 24 * 3_600_000;

async function sleepUntil(atMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let leftMs = atMs - clock.now().getTime(); leftMs > 0; leftMs = atMs - clock.now().getTime())
    await sleep(Math.min(leftMs, LONGEST_SLEEP_MS), signal, clock);
  signal.throwIfAborted();
}

/**
 * When to ask for the next certificate: at 70 to 90 percent of the life that the current one had when it was
 * issued, so that many nodes do not ask at once. Reckoned from the issue and not from `notBefore`: signers
 * backdate that, and short-lived certificates would then be due at once, over and over.
 */
export function renewalTime({ certificate, issuedAt }: StoredCertificate, random = Math.random): number {
  const issued = Math.max(issuedAt.getTime(), certificate.notBefore.getTime());
  const lifeMs = certificate.notAfter.getTime() - issued;
  return issued + lifeMs * (0.7 + 0.2 * random());
}
