import { readFileSync } from 'node:fs';
import type { Logger } from '@hawser/observability';
import { type CertificateAuthority, loadCertificateAuthority } from '@hawser/pki';

/**
 * The signing authority of --cluster-signing-cert-file and --cluster-signing-key-file, loaded again when the files
 * have changed. A pair that does not fit together (one file is newer than the other) is not taken.
 *
 * @throws when the files cannot be used to begin with.
 */
export function authorityFromFiles(
  certFile: string,
  keyFile: string,
  logger: Logger,
): () => CertificateAuthority {
  const read = () => ({ cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') });
  let files = read();
  let authority = loadCertificateAuthority(files.cert, files.key);
  return () => {
    try {
      const current = read();
      if (current.cert === files.cert && current.key === files.key) return authority;
      authority = loadCertificateAuthority(current.cert, current.key);
      files = current;
      logger.info({ certFile }, 'signing authority reloaded');
    } catch (error) {
      logger.error({ certFile, error }, 'signing authority cannot be reloaded, keeping the old one');
    }
    return authority;
  };
}
