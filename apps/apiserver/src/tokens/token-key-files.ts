import { readFileSync } from 'node:fs';
import { readTokenKeys, type TokenKeys } from '@hawser/authn';
import type { ApiServerOptions } from '../options.ts';

type KeyFileOptions = Pick<ApiServerOptions, 'serviceAccountSigningKeyFile' | 'serviceAccountKeyFile'>;

/** The keys as the files say at the moment. @throws Error where they cannot be used at the start. */
export function watchTokenKeys(
  options: KeyFileOptions,
  _surroundings: object,
): { readonly current: TokenKeys } {
  const read = (path: string) => readFileSync(path, 'utf8');
  const more = (options.serviceAccountKeyFile ?? []).map(read);
  return { current: readTokenKeys(read(options.serviceAccountSigningKeyFile), more) };
}
