import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKubeconfig, resolveContext } from '@hawser/client';
import type { HomeLayout } from '@hawser/config';
import { type Certificate, isIssuedBy, parseCertificate } from '@hawser/pki';

/**
 * The files under a state directory whose certificate is of this CA: what would be refused if it were trusted no more.
 * Certificates of nodes on other machines are not among them.
 */
export function stillIssuedBy(authority: Certificate, { home, pki, nodes }: HomeLayout): string[] {
  const directories = [join(pki.ca.certificate, '..'), join(home, 'kubeconfigs'), nodes];
  const files = directories.flatMap((directory) => filesIn(directory));
  return [join(home, 'admin.kubeconfig'), ...files].filter((file) => {
    const certificate = certificateIn(file);
    if (certificate === undefined || certificate.isCertificateAuthority) return false;
    return isIssuedBy(certificate, authority);
  });
}

/** Those that hold certificates; what a node keeps of pods is not looked into, nor certificates that it had before. */
function filesIn(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'pods' || entry.name === 'runtime' ? [] : filesIn(path);
    return /\.(crt|kubeconfig)$|-current\.pem$/.test(entry.name) ? [path] : [];
  });
}

function certificateIn(file: string): Certificate | undefined {
  try {
    if (!file.endsWith('.kubeconfig')) return parseCertificate(readFileSync(file, 'utf8'));
    const data = resolveContext(loadKubeconfig(file)).user['client-certificate-data'];
    return data ? parseCertificate(Buffer.from(data, 'base64').toString('utf8')) : undefined;
  } catch {
    // Not ours to judge: a file that cannot be read is none of the CA's.
    return undefined;
  }
}
