import type { KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { parseCertificate } from '@hawser/pki';
import type { Clock } from '@hawser/runtime';
import type { CertificateStore, StoredCertificate } from './certificate-store.ts';
import {
  CertificateRefusedError,
  type CertificateTemplate,
  requestCertificate,
} from './request-certificate.ts';

export interface ObtainOptions {
  /** With whose rights it is asked for. */
  readonly client: KubeClient;
  readonly template: CertificateTemplate;
  readonly store: CertificateStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

const NOT_YET = "the certificate issued just now is not valid yet by this node's clock: set the clock";

const expiredAlready = (notAfter: Date, now: Date) =>
  `the certificate that was issued expired at ${notAfter.toISOString()}, and this node's clock says ${now.toISOString()}: if it was issued just now, the clock is wrong`;

/**
 * Asks for a certificate with the key that waits for one, until it is issued, and puts it in use. A key that was
 * refused, or for which what comes is of no use, is not asked with again.
 * @throws CertificateRefusedError, and what KubeClient throws.
 */
export async function obtainCertificate(
  { client, template, store, clock, logger }: ObtainOptions,
  signal: AbortSignal,
): Promise<StoredCertificate> {
  const { signerName } = template;
  const keyPair = store.pendingKey();
  logger.info({ signerName, server: client.server }, 'requesting a certificate');
  try {
    const pem = await requestCertificate(client, template, keyPair, signal);
    const { notBefore, notAfter: until } = parseCertificate(pem);
    if (until <= clock.now()) throw new CertificateRefusedError(expiredAlready(until, clock.now()));
    if (notBefore > clock.now()) logger.warn({ notBefore, now: clock.now(), signerName }, NOT_YET);
    const stored = store.update(pem, keyPair);
    const { notAfter, serialNumber } = stored.certificate;
    logger.info({ signerName, serialNumber, notAfter }, 'certificate put in use');
    return stored;
  } catch (error) {
    if (error instanceof CertificateRefusedError) store.discardPendingKey();
    throw error;
  }
}
