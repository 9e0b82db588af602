import { readTokenKeys, type TokenKeys } from '@hawser/authn';
import { ReloadingFiles, type ReloadSurroundings } from '@hawser/tls-files';
import type { ApiServerOptions } from '../options.ts';

type KeyFileOptions = Pick<ApiServerOptions, 'serviceAccountSigningKeyFile' | 'serviceAccountKeyFile'>;

/**
 * The keys of service account tokens, as their files say at the moment.
 * @throws Error where they cannot be used at the start.
 */
export function watchTokenKeys(
  { serviceAccountSigningKeyFile, serviceAccountKeyFile = [] }: KeyFileOptions,
  surroundings: ReloadSurroundings,
): ReloadingFiles<TokenKeys> {
  return new ReloadingFiles({
    ...surroundings,
    name: 'service-account-keys',
    paths: [serviceAccountSigningKeyFile, ...serviceAccountKeyFile],
    parse: (signing = '', ...verification) => readTokenKeys(signing, verification),
  });
}
