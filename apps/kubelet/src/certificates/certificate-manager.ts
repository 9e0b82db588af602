import type { KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import { logFailure } from '../log-failure.ts';
import type { CertificateStore, StoredCertificate } from './certificate-store.ts';
import { obtainCertificate } from './obtain-certificate.ts';
import type { CertificateTemplate } from './request-certificate.ts';

export interface CertificateManagerOptions {
  readonly client: KubeClient;
  /**
   * With what to ask once the certificate in use has expired, where that is the one that `client` shows; made anew for
   * each request. Throws where there is nothing to ask with, and says how to help.
   */
  readonly afterExpiry?: () => KubeClient;
  readonly store: CertificateStore;
  readonly template: CertificateTemplate;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each certificate put in use; at start of the one that is there, which is not new. */
  readonly onCertificate: (certificate: StoredCertificate, isNew: boolean) => void;
  /** Told when the certificate in use has expired and there is no other. */
  readonly onExpired?: (certificate: StoredCertificate) => void;
  /** Told of each try that failed, and of how long a certificate was in use when the next took its place. */
  readonly metrics?: { renewalFailed(): void; renewed(ageSeconds: number): void };
  /** Replace certificates before they expire; without it only a missing or expired one is asked for. */
  readonly rotate: boolean;
}

/** Whatever a signer issues, it is not asked for more sooner than this. */
const LEAST_LIFE_MS = 1_000;

/**
 * Keeps one certificate valid: asks for it when there is none, and for the next one in good time. While the API server
 * is away, or says no, it goes on asking, more and more slowly.
 */
export class CertificateManager {
  readonly #options: CertificateManagerOptions;
  readonly #backoff = new Backoff({ initialMs: 1_000, maxMs: 300_000 });
  #lastFault: string | undefined;
  #dueMs = 0;
  #hurry = new AbortController();

  constructor(options: CertificateManagerOptions) {
    this.#options = options;
  }

  /** Runs until the signal aborts; resolves then. Failures are logged and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, onCertificate, metrics } = this.#options;
    let current = this.#usable(store.current() ?? store.restore());
    if (current !== undefined) onCertificate(current, false);
    this.#dueMs = this.#dueMsOf(current);
    let expiry = this.#sayWhenExpired(current, signal);
    while (!signal.aborted) {
      try {
        await this.#unlessHurried((either) => this.#sleepUntil(this.#dueMs, either), signal);
        const next = await this.#renew(current, signal);
        if (current !== undefined) metrics?.renewed((this.#nowMs - current.issuedAt.getTime()) / 1000);
        current = next;
        expiry[Symbol.dispose]();
        expiry = this.#sayWhenExpired(current, signal);
        this.#dueMs = this.#dueMsOf(current);
        onCertificate(current, true);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  /** Asks for the next certificate at once, as when the current one's CA is to be trusted no more. */
  renewNow(): void {
    this.#dueMs = 0;
    this.#hurry.abort();
  }

  /** Waits, but not for those who are in a hurry. */
  async #unlessHurried(wait: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const hurry = this.#hurry.signal;
    try {
      await wait(AbortSignal.any([signal, hurry]));
    } catch (error) {
      if (signal.aborted || !hurry.aborted) throw error;
    }
    if (hurry.aborted) this.#hurry = new AbortController();
  }

  #dueMsOf(current: StoredCertificate | undefined): number {
    if (current === undefined) return 0;
    const { certificate, issuedAt } = current;
    const dueMs = this.#options.rotate ? renewalTime(current) : certificate.notAfter.getTime();
    return Math.max(dueMs, issuedAt.getTime() + LEAST_LIFE_MS);
  }

  async #renew(current: StoredCertificate | undefined, signal: AbortSignal): Promise<StoredCertificate> {
    const { afterExpiry, client } = this.#options;
    const hasExpired = current !== undefined && current.certificate.notAfter.getTime() <= this.#nowMs;
    const other = hasExpired ? afterExpiry?.() : undefined;
    try {
      const stored = await obtainCertificate({ ...this.#options, client: other ?? client }, signal);
      this.#backoff.reset();
      this.#lastFault = undefined;
      return stored;
    } finally {
      await other?.[Symbol.asyncDispose]();
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { logger, clock, template, metrics } = this.#options;
    metrics?.renewalFailed();
    const fault = String(error);
    const tries = fault === this.#lastFault ? 2 : 1;
    this.#lastFault = fault;
    const { signerName } = template;
    logFailure(logger, error, tries, 'no certificate yet, trying again', { signerName });
    const delayMs = this.#backoff.next();
    await this.#unlessHurried((either) => sleep(delayMs, either, clock), signal).catch(() => {});
  }

  /** Until it is disposed. */
  #sayWhenExpired(current: StoredCertificate | undefined, signal: AbortSignal): Disposable {
    const { onExpired, logger, template } = this.#options;
    const over = new AbortController();
    const say = async (expiring: StoredCertificate) => {
      const { notAfter } = expiring.certificate;
      await this.#sleepUntil(notAfter.getTime(), AbortSignal.any([signal, over.signal]));
      logger.error({ signerName: template.signerName, notAfter }, 'the certificate in use has expired');
      onExpired?.(expiring);
    };
    if (current !== undefined) say(current).catch(() => {});
    return { [Symbol.dispose]: () => over.abort() };
  }

  async #sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
    for (let leftMs = atMs - this.#nowMs; leftMs > 0; leftMs = atMs - this.#nowMs)
      await sleep(Math.min(leftMs, LONGEST_SLEEP_MS), signal, this.#options.clock);
    signal.throwIfAborted();
  }

  /** A certificate that expired, or is for other names than are wanted now, is as good as none. */
  #usable(stored: StoredCertificate | undefined): StoredCertificate | undefined {
    const { template } = this.#options;
    if (stored === undefined || stored.certificate.notAfter.getTime() <= this.#nowMs) return undefined;
    const { subject, dnsNames, ipAddresses } = stored.certificate;
    const covers =
      subject.commonName === template.commonName &&
      (template.dnsNames ?? []).every((name) => dnsNames.includes(name)) &&
      (template.ipAddresses ?? []).every((address) => ipAddresses.includes(address));
    return covers ? stored : undefined;
  }

  get #nowMs(): number {
    return this.#options.clock.now().getTime();
  }
}

/** Timers count to 24 days at most, certificates live longer; and a clock that is set must be noticed. */
const LONGEST_SLEEP_MS = 3_600_000;

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
