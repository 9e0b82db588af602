import { methodNotSupported, pageNotFound } from '@hawser/api';
import { type Answer, jsonOf } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import type { EncryptionAtRest } from './encryption-at-rest.ts';

/** Hawser's own: a path that RBAC's default roles give to cluster-admin alone. */
export const ENCRYPTION_PATH = '/hawser/encryption';

/**
 * GET tells how resources are stored; POST begins to write anew what is stale, and tells as well: that goes on
 * whether anyone waits or not. Keys are named, never shown.
 * @throws ApiError NotFound, MethodNotAllowed
 */
export function routeEncryption(encryption: EncryptionAtRest, { info }: RequestContext): Answer {
  if (info.path !== ENCRYPTION_PATH) throw pageNotFound();
  switch (info.verb) {
    case 'get':
    case 'head':
      return jsonOf(200, encryption.report());
    case 'post':
      encryption.startRewriting();
      return jsonOf(202, encryption.report());
    default:
      throw methodNotSupported();
  }
}
