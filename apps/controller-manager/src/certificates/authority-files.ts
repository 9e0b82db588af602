import { type CertificateAuthority, loadCertificateAuthority } from '@hawser/pki';
import { ReloadingFiles, type ReloadSurroundings } from '@hawser/tls-files';

/**
 * The signing authority of --cluster-signing-cert-file and --cluster-signing-key-file, as the files say it. A pair that
 * does not fit together (one file is newer than the other) is not taken.
 *
 * @throws when the files cannot be used to begin with.
 */
export function authorityFromFiles(
  certFile: string,
  keyFile: string,
  surroundings: ReloadSurroundings,
): () => CertificateAuthority {
  const files = new ReloadingFiles({
    ...surroundings,
    name: 'signing-ca',
    paths: [certFile, keyFile],
    parse: (cert = '', key = '') => loadCertificateAuthority(cert, key),
  });
  return () => {
    // What is signed now is to be of the CA that is there now.
    files.look();
    return files.current;
  };
}
