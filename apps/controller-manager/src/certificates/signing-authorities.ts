import type { KeyFiles } from '@hawser/config';
import type { CertificateAuthority } from '@hawser/pki';
import type { ReloadSurroundings } from '@hawser/tls-files';
import { authorityFromFiles } from './authority-files.ts';

/**
 * The authority of each signer, read again when its files change; signers with the same files share one.
 * @throws when files cannot be used to begin with.
 */
export function signingAuthorities(
  signers: ReadonlyMap<string, KeyFiles>,
  surroundings: ReloadSurroundings,
): ReadonlyMap<string, () => CertificateAuthority> {
  const known = new Map<string, () => CertificateAuthority>();
  const load = ({ certificate, key }: KeyFiles) => {
    const files = JSON.stringify([certificate, key]);
    const authority = known.get(files) ?? authorityFromFiles(certificate, key, surroundings);
    known.set(files, authority);
    return authority;
  };
  return new Map([...signers].map(([signerName, files]) => [signerName, load(files)]));
}
