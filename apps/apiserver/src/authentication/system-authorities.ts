import tls from 'node:tls';

/** The CAs that this system trusts, in PEM; those that Bun brings along where the system has none. */
export function systemAuthorities(): string {
  const found = tls.getCACertificates('system');
  return (found.length > 0 ? found : tls.rootCertificates).join('\n');
}
