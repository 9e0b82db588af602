import { type CertificateSigningRequest, certificateSigningRequests } from '@hawser/api';
import { PkiError, parseCertificate } from '@hawser/pki';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { isIssued } from './signing-request.ts';

const HOUR_MS = 3_600_000;
/** How long requests are kept, by what became of them (`pkg/controller/certificates/cleaner`). */
const KEEP_MS: Readonly<Record<string, number>> = { Approved: HOUR_MS, Denied: HOUR_MS, Failed: HOUR_MS };
/** Nobody has answered, or no signer signs what was approved. */
const KEEP_WAITING_MS = 24 * HOUR_MS;

/** Deletes certificate requests that are over and done with, or that nobody answered. */
export function createCleanerController(context: ControllerContext): Controller {
  const { client, informers, clock, logger } = context;
  const name = 'certificatesigningrequest-cleaner-controller';
  const csrs = informers.get(certificateSigningRequests);
  const sync = async (key: string, signal: AbortSignal) => {
    const csr = csrs.get(key);
    const dueMs = csr && cleanUpAtMs(csr);
    if (!csr || dueMs === undefined) return;
    const waitMs = dueMs - clock.now().getTime();
    if (waitMs > 0) {
      reconciler.queue.addAfter(key, waitMs);
      return;
    }
    await client
      .delete(certificateSigningRequests, key, { uid: csr.metadata.uid, signal })
      .catch(ignoreNotFound);
    logger.info({ csr: key }, 'old certificate request deleted');
  };
  const reconciler: Reconciler = new Reconciler(context, { name, sync, concurrency: 1 }).follow(csrs);
  return reconciler;
}

/**
 * When a request is to be deleted: an hour after it was denied, failed, or approved and issued; when its certificate
 * expires; a day after it was made when nothing has come of it, and a day after its approval when that is all. Upstream
 * looks once an hour; here it is deleted when the time has come. Undefined for one that only other conditions speak of.
 */
export function cleanUpAtMs(csr: CertificateSigningRequest): number | undefined {
  const conditions = csr.status?.conditions ?? [];
  if (conditions.length === 0) return timeMs(csr.metadata.creationTimestamp, KEEP_WAITING_MS);
  const keepMs = (type: string) => (type === 'Approved' && !isIssued(csr) ? KEEP_WAITING_MS : KEEP_MS[type]);
  const times = conditions.map(({ type, lastUpdateTime }) => timeMs(lastUpdateTime, keepMs(type)));
  if (conditions.some(({ type }) => type === 'Approved')) times.push(expiryMs(csr));
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function timeMs(timestamp: string | undefined, keepMs: number | undefined): number | undefined {
  return timestamp === undefined || keepMs === undefined ? undefined : Date.parse(timestamp) + keepMs;
}

function expiryMs(csr: CertificateSigningRequest): number | undefined {
  if (!isIssued(csr)) return undefined;
  try {
    const pem = Buffer.from(csr.status?.certificate ?? '', 'base64').toString('utf8');
    return parseCertificate(pem).notAfter.getTime();
  } catch (error) {
    if (error instanceof PkiError) return undefined;
    throw error;
  }
}
