import { type KeyPairPem, readCaBundle, readKeyPair } from './read-pem.ts';
import { ReloadingFiles, type ReloadSurroundings } from './reloading-files.ts';

/** The CAs that a file names. @throws Error when there is none in it, or one cannot be read. */
export function caBundleFile(
  path: string,
  name: string,
  surroundings: ReloadSurroundings,
): ReloadingFiles<string> {
  return new ReloadingFiles({ ...surroundings, name, paths: [path], parse: readCaBundle });
}

/** A certificate and its key. @throws Error when they cannot be read, or do not belong together. */
export function keyPairFiles(
  certFile: string,
  keyFile: string,
  name: string,
  surroundings: ReloadSurroundings,
): ReloadingFiles<KeyPairPem> {
  return new ReloadingFiles({ ...surroundings, name, paths: [certFile, keyFile], parse: readKeyPair });
}
