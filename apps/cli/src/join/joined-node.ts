import { existsSync, readFileSync } from 'node:fs';
import { PkiError, parseCertificate } from '@hawser/pki';
import type { NodeDirectory } from './node-directory.ts';

const USER_PREFIX = 'system:node:';

/** The name under which the node of a directory has joined; undefined when it has not, or its certificate is void. */
export function joinedNodeName(
  { kubeconfig, clientCertificate }: NodeDirectory,
  now: Date,
): string | undefined {
  if (!existsSync(kubeconfig) || !existsSync(clientCertificate)) return undefined;
  try {
    const { subject, notAfter } = parseCertificate(readFileSync(clientCertificate, 'utf8'));
    const name = subject.commonName?.startsWith(USER_PREFIX);
    return name && notAfter > now ? subject.commonName!.slice(USER_PREFIX.length) : undefined;
  } catch (error) {
    // The kubelet asks for another then.
    if (error instanceof PkiError) return undefined;
    throw error;
  }
}
