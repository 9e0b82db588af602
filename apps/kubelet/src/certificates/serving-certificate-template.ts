import { isIP } from 'node:net';
import type { CertificateTemplate } from './request-certificate.ts';

/** What the certificate of a kubelet's HTTPS API says (certificates API: `kubernetes.io/kubelet-serving`). */
export function servingCertificateTemplate(nodeName: string, nodeIp: string): CertificateTemplate {
  return {
    signerName: 'kubernetes.io/kubelet-serving',
    usages: ['digital signature', 'server auth'],
    commonName: `system:node:${nodeName}`,
    organizations: ['system:nodes'],
    dnsNames: isIP(nodeName) ? [] : [nodeName],
    ipAddresses: [nodeIp],
  };
}
