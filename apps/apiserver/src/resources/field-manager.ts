import type { RequestContext } from '../pipeline/request-context.ts';
import { MAX_MANAGER } from './write-options.ts';

/** Who writes and says nothing of it. */
const UNKNOWN = 'unknown';

/**
 * Whom the fields belong to that a request changes: who its `fieldManager` names, or the client by what its
 * User-Agent begins with (apiserver/pkg/endpoints/handlers, managerOrUserAgent).
 */
export function fieldManagerOf({ info, request }: RequestContext): string {
  return info.query.get('fieldManager') || prefixOf(request.headers['user-agent'] ?? '') || UNKNOWN;
}

/** `kubectl` of `kubectl/v1.36.0 (linux/amd64)`: what can be printed of it, no longer than a manager may be. */
function prefixOf(userAgent: string): string {
  let prefix = '';
  for (const character of userAgent.split('/', 1)[0]!) {
    if (Buffer.byteLength(prefix + character) > MAX_MANAGER) break;
    if (!/\p{C}/u.test(character)) prefix += character;
  }
  return prefix;
}
