import { existsSync, readFileSync } from 'node:fs';
import { parseCertificate } from '@hawser/pki';
import type { ManagedAuthority, ManagedCertificates } from './managed-certificates.ts';

/** How it stands with one certificate. */
export interface Expiration {
  readonly name: string;
  readonly path: string;
  /** Of a certificate; an authority has none. */
  readonly caName?: string;
  readonly missing: boolean;
  /** There is the authority's certificate without its key: nothing can be renewed here. */
  readonly externallyManaged: boolean;
  /** Undefined where it is missing or cannot be read. */
  readonly notAfter?: Date;
  /** Why it cannot be read. */
  readonly error?: string;
}

export interface Expirations {
  readonly certificates: readonly Expiration[];
  readonly authorities: readonly Expiration[];
}

/** When everything expires. What is missing or cannot be read is named, and keeps nothing else from being told. */
export function expirationsOf({ certificates, authorities }: ManagedCertificates): Expirations {
  return {
    certificates: certificates.map(({ name, authority, files }) => ({
      name,
      path: files.path,
      caName: authority.name,
      externallyManaged: isExternal(authority),
      ...lookAt(files.exists(), () => files.readCertificate()),
    })),
    authorities: authorities.map((authority) => ({
      name: authority.name,
      path: authority.files.certificate,
      externallyManaged: isExternal(authority),
      ...lookAt(existsSync(authority.files.certificate), () =>
        readFileSync(authority.files.certificate, 'utf8'),
      ),
    })),
  };
}

/** Whether an authority's certificate is here and its key is not, as kubeadm sees it. */
export function isExternal({ files }: ManagedAuthority): boolean {
  return existsSync(files.certificate) && !existsSync(files.key);
}

/** What asks for somebody: expired, or not to be read. */
export function troublesOf({ certificates, authorities }: Expirations, now: Date): string[] {
  return [...certificates, ...authorities].flatMap(({ name, path, notAfter, error }) => {
    if (error !== undefined) return [`${name} cannot be read (${path}): ${error}`];
    return notAfter !== undefined && notAfter <= now ? [`${name} has expired (${path})`] : [];
  });
}

function lookAt(exists: boolean, read: () => string): Pick<Expiration, 'missing' | 'notAfter' | 'error'> {
  if (!exists) return { missing: true };
  try {
    return { missing: false, notAfter: parseCertificate(read()).notAfter };
  } catch (error) {
    return { missing: false, error: error instanceof Error ? error.message : String(error) };
  }
}
