import type { CertificateSigningRequest } from '@hawser/api';
import { type CertificateRequest, PkiError, parseCertificateRequest } from '@hawser/pki';

export const KUBE_APISERVER_CLIENT = 'kubernetes.io/kube-apiserver-client';
export const KUBE_APISERVER_CLIENT_KUBELET = 'kubernetes.io/kube-apiserver-client-kubelet';
export const KUBELET_SERVING = 'kubernetes.io/kubelet-serving';
export const LEGACY_UNKNOWN = 'kubernetes.io/legacy-unknown';

/** The conditions that decide a request. */
export type Verdict = 'Approved' | 'Denied' | 'Failed';

export function hasCondition(csr: CertificateSigningRequest, type: Verdict): boolean {
  return (csr.status?.conditions ?? []).some(
    (condition) => condition.type === type && condition.status === 'True',
  );
}

export function isIssued(csr: CertificateSigningRequest): boolean {
  return (csr.status?.certificate ?? '') !== '';
}

/** Neither approved nor denied, nor issued. */
export function isPending(csr: CertificateSigningRequest): boolean {
  const conditions = csr.status?.conditions ?? [];
  return !isIssued(csr) && !conditions.some(({ type }) => type === 'Approved' || type === 'Denied');
}

/** The request as it was verified, or why it is none. */
export type ParsedRequest = { readonly request: CertificateRequest } | { readonly fault: string };

/** Reads the PKCS#10 request in a CSR object and verifies its signature. */
export function parseRequest(csr: CertificateSigningRequest): ParsedRequest {
  try {
    return { request: parseCertificateRequest(Buffer.from(csr.spec.request, 'base64').toString('utf8')) };
  } catch (error) {
    if (error instanceof PkiError) return { fault: error.message };
    throw error;
  }
}

/** A copy of the CSR with one more condition, stamped now. */
export function withCondition(
  csr: CertificateSigningRequest,
  condition: { type: Verdict; reason: string; message: string },
  now: Date,
): CertificateSigningRequest {
  const time = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const stamped = { ...condition, status: 'True', lastUpdateTime: time, lastTransitionTime: time };
  return { ...csr, status: { ...csr.status, conditions: [...(csr.status?.conditions ?? []), stamped] } };
}
