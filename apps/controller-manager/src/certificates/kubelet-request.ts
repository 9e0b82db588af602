import type { CertificateRequest } from '@hawser/pki';

/** Names of nodes stand behind this prefix in a common name. */
export const NODE_USER_PREFIX = 'system:node:';
export const NODES_GROUP = 'system:nodes';

/**
 * What is wrong with a request for a kubelet's client certificate; undefined when it is right. The rules and their
 * words are upstream's (`pkg/apis/certificates/helpers.go`).
 */
export function kubeletClientFault(
  request: CertificateRequest,
  usages: readonly string[],
): string | undefined {
  if (!isNodesOnly(request)) return 'subject organization is not system:nodes';
  if (request.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (request.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (request.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed';
  return otherKindsFault(request) ?? nodeNameFault(request) ?? usagesFault(usages, 'client auth');
}

/** What is wrong with a request for a kubelet's serving certificate; undefined when it is right. */
export function kubeletServingFault(
  request: CertificateRequest,
  usages: readonly string[],
): string | undefined {
  if (!isNodesOnly(request)) return 'subject organization is not system:nodes';
  if (request.dnsNames.length === 0 && request.ipAddresses.length === 0)
    return 'DNS or IP subjectAltName is required';
  if (request.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed';
  return otherKindsFault(request) ?? usagesFault(usages, 'server auth') ?? nodeNameFault(request);
}

function isNodesOnly(request: CertificateRequest): boolean {
  const { organizations } = request.subject;
  return organizations.length === 1 && organizations[0] === NODES_GROUP;
}

/** Upstream does not see these kinds, and its signer drops them; asking for one is at best a mistake. */
function otherKindsFault(request: CertificateRequest): string | undefined {
  const [kind] = request.otherKinds;
  return kind === undefined ? undefined : `${kind} subjectAltNames are not allowed`;
}

function nodeNameFault(request: CertificateRequest): string | undefined {
  return request.subject.commonName?.startsWith(NODE_USER_PREFIX)
    ? undefined
    : 'subject common name does not begin with system:node:';
}

/** Key encipherment is of use with RSA keys only, and so may be left out. */
function usagesFault(usages: readonly string[], purpose: 'client auth' | 'server auth'): string | undefined {
  const asked = new Set(usages);
  const least = ['digital signature', purpose];
  const optional = asked.has('key encipherment') ? 1 : 0;
  if (least.every((usage) => asked.has(usage)) && asked.size === least.length + optional) return undefined;
  return `usages did not match [${[...least, 'key encipherment'].sort().join(' ')}]`;
}
