import type { CertificateSigningRequest } from '@hawser/api';
import type { CertificateRequest } from '@hawser/pki';
import { kubeletClientFault } from './kubelet-request.ts';
import { KUBE_APISERVER_CLIENT_KUBELET } from './signing-request.ts';

/** A right on `certificatesigningrequests/SUBRESOURCE` whose holder gets the certificate without a person's word. */
export interface Recognition {
  readonly subresource: 'selfnodeclient' | 'nodeclient';
  readonly message: string;
}

/**
 * As what a request for a kubelet's client certificate can be approved, first choice first: as a node's renewal of its
 * own (`selfnodeclient`), as anybody's for a node (`nodeclient`). None for other requests. The words of the messages
 * are upstream's (`pkg/controller/certificates/approver`).
 */
export function recognizeKubeletClient(
  csr: CertificateSigningRequest,
  request: CertificateRequest,
): readonly Recognition[] {
  if (csr.spec.signerName !== KUBE_APISERVER_CLIENT_KUBELET) return [];
  if (kubeletClientFault(request, csr.spec.usages ?? []) !== undefined) return [];
  const any: Recognition = {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  };
  const own: Recognition = {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  };
  return csr.spec.username === request.subject.commonName ? [own, any] : [any];
}
