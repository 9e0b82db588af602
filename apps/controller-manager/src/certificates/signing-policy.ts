import type { CertificateRequest } from '@hawser/pki';
import { kubeletClientFault, kubeletServingFault } from './kubelet-request.ts';
import {
  KUBE_APISERVER_CLIENT,
  KUBE_APISERVER_CLIENT_KUBELET,
  KUBELET_SERVING,
  LEGACY_UNKNOWN,
} from './signing-request.ts';

type FaultFinder = (request: CertificateRequest, usages: readonly string[]) => string | undefined;

/** The signers of this controller, and what each refuses (`pkg/controller/certificates/signer`). */
const SIGNERS: ReadonlyMap<string, FaultFinder> = new Map<string, FaultFinder>([
  [KUBE_APISERVER_CLIENT, (_, usages) => apiserverClientFault(usages)],
  [KUBE_APISERVER_CLIENT_KUBELET, kubeletClientFault],
  [KUBELET_SERVING, kubeletServingFault],
  // Nothing is checked: it stands for requests of the beta API, and is trusted with nothing.
  [LEGACY_UNKNOWN, () => undefined],
]);

/** Why the signer will not sign; undefined when it will. */
export function signingFault(
  signerName: string,
  request: CertificateRequest,
  usages: readonly string[],
): string | undefined {
  return SIGNERS.get(signerName)?.(request, usages);
}

const CLIENT_USAGES = new Set(['digital signature', 'key encipherment', 'client auth']);

function apiserverClientFault(usages: readonly string[]): string | undefined {
  const stray = usages.find((usage) => !CLIENT_USAGES.has(usage));
  if (stray !== undefined) return `invalid usage for client certificate: ${stray}`;
  return usages.includes('client auth')
    ? undefined
    : 'missing required usage for client certificate: client auth';
}

/** How far notBefore lies in the past, for clients whose clocks are slow. */
const BACKDATE_MS = 5 * 60_000;
/** A shorter certificate lives its whole time from now on; a longer one counts from its notBefore. */
const SHORT_MS = 8 * 3_600_000;
/** What a request is given at least, whatever it asks. */
const MIN_DURATION_MS = 10 * 60_000;

/** From when to when a certificate shall be good. */
export interface Period {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * The life of a certificate: as long as asked for, at most as long as configured, never past its authority's.
 * @param limits `maxDurationMs` from --cluster-signing-duration, `caNotAfter` the end of the authority.
 */
export function signingPeriod(
  expirationSeconds: number | undefined,
  limits: { readonly maxDurationMs: number; readonly caNotAfter: Date },
  now: Date,
): Period {
  const askedMs = Math.max(MIN_DURATION_MS, (expirationSeconds ?? Number.POSITIVE_INFINITY) * 1000);
  const durationMs =
    expirationSeconds === undefined ? limits.maxDurationMs : Math.min(askedMs, limits.maxDurationMs);
  const endMs = now.getTime() + durationMs - (durationMs < SHORT_MS ? 0 : BACKDATE_MS);
  return {
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(Math.min(endMs, limits.caNotAfter.getTime())),
  };
}
