import type { CertificateSigningRequest } from '@hawser/api';
import { PkiError, parseCertificateRequest } from '@hawser/pki';
import type { AdmissionAttributes } from '@hawser/registry';
import { refuseNode } from './refuse-node.ts';

/** Signers of certificates that speak for a node. */
const NODE_SIGNERS = new Set([
  'kubernetes.io/kubelet-serving',
  'kubernetes.io/kube-apiserver-client-kubelet',
]);

/** A node asks for certificates of its own name; what else they may hold is the signer's to check. */
export function restrictCertificateRequest(attributes: AdmissionAttributes, nodeName: string): void {
  if (attributes.operation !== 'CREATE') return;
  const { spec } = attributes.object as unknown as CertificateSigningRequest;
  if (!NODE_SIGNERS.has(spec.signerName)) return;
  const wanted = `system:node:${nodeName}`;
  if (commonNameOf(attributes, spec.request) !== wanted)
    throw refuseNode(attributes, `can only create a node CSR with CN=${wanted}`);
}

function commonNameOf(attributes: AdmissionAttributes, request: string): string | undefined {
  try {
    return parseCertificateRequest(Buffer.from(request, 'base64').toString()).subject.commonName;
  } catch (error) {
    if (error instanceof PkiError) throw refuseNode(attributes, `unable to parse csr: ${error.message}`);
    throw error;
  }
}
