import { parseMediaType } from '@hawser/http';
import type { RequestContext } from '../pipeline/request-context.ts';

/** The media type of server-side apply, whose bodies are YAML, which JSON is too. */
export const APPLY_PATCH = 'application/apply-patch+yaml';

/** Whether a request is a server-side apply. */
export function isApply({ info, request }: Pick<RequestContext, 'info' | 'request'>): boolean {
  return info.verb === 'patch' && parseMediaType(request.headers['content-type'] ?? '').type === APPLY_PATCH;
}
