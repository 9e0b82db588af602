import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { AuthorityFiles, KeyFiles } from '@hawser/config';
import {
  type Certificate,
  createCertificateAuthority,
  encodePem,
  encodePrivateKey,
  loadCertificateAuthority,
  parseCertificateBundle,
} from '@hawser/pki';
import { writeFileAtomic } from '@hawser/runtime';
import { authorityPeriod, trust } from '../init/certificate-files.ts';
import { ensureKey } from '../init/key-file.ts';

/**
 * How far one CA has taken another's place: one signs and is trusted alone (`single`); the next is trusted, too
 * (`prepared`); it signs, and the one before is still trusted (`switched`).
 */
export type ReplacementState = 'single' | 'prepared' | 'switched';

export function replacementState({ next, previous }: AuthorityFiles): ReplacementState {
  if (existsSync(next.certificate)) return 'prepared';
  return existsSync(previous.certificate) ? 'switched' : 'single';
}

/**
 * Makes the next CA and trusts it besides the one that signs. Its name has the day in it: certificates show which of
 * the two they are of. Can be repeated.
 * @throws Error while another replacement is under way.
 */
export function prepareAuthority(files: AuthorityFiles, commonName: string, now: Date): void {
  const state = replacementState(files);
  if (state === 'switched')
    throw new Error('the CA before is trusted still: first finish the replacement that is under way');
  const { next } = files;
  if (state === 'single') {
    const authority = createCertificateAuthority({
      subject: { commonName: `${commonName}-${now.toISOString().slice(0, 10)}` },
      ...authorityPeriod(now),
      keyPair: ensureKey(next.key),
    });
    writeFileAtomic(next.certificate, authority.certificatePem, 0o644);
  }
  trust(files.bundle, read(files.certificate));
  trust(files.bundle, read(next.certificate));
}

/**
 * Lets the next CA sign. Interrupted anywhere, it can be repeated: nothing is taken away before it is elsewhere, and
 * whoever reads a pair that does not fit together goes on with the one before.
 * @throws Error when there is no next one.
 */
export function switchAuthority(files: AuthorityFiles): void {
  const { next, previous } = files;
  if (replacementState(files) !== 'prepared') throw new Error('there is no next CA: first prepare one');
  const [certificate, key] = [read(next.certificate), read(next.key)];
  // What is there may be the next one's already, from a time before that was interrupted.
  if (read(files.key) !== key) copy(files, previous);
  loadCertificateAuthority(certificate, key);
  writeFileAtomic(files.key, key, 0o600);
  writeFileAtomic(files.certificate, certificate, 0o644);
  for (const file of [next.certificate, next.key]) rmSync(file, { force: true });
}

/**
 * Trusts the CA before no more, and removes its key.
 * @throws Error when there is none.
 */
export function finishAuthority(files: AuthorityFiles): void {
  const { previous, bundle } = files;
  if (replacementState(files) !== 'switched') throw new Error('there is no CA before this one');
  const gone = parseCertificateBundle(read(previous.certificate));
  const kept = trustedBy(files).filter((each) => !gone.some(({ raw }) => raw.equals(each.raw)));
  writeFileAtomic(bundle, kept.map(({ raw }) => encodePem('CERTIFICATE', raw)).join(''), 0o644);
  for (const file of [previous.key, previous.certificate]) rmSync(file, { force: true });
}

/** All that are trusted. */
export const trustedBy = ({ bundle }: AuthorityFiles): Certificate[] => parseCertificateBundle(read(bundle));

function copy(from: KeyFiles, to: KeyFiles): void {
  const { keyPair, certificatePem } = loadCertificateAuthority(read(from.certificate), read(from.key));
  writeFileAtomic(to.key, encodePrivateKey(keyPair), 0o600);
  writeFileAtomic(to.certificate, certificatePem, 0o644);
}

const read = (path: string) => readFileSync(path, 'utf8');
