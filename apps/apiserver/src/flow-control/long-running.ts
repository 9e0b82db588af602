import type { RequestInfo } from '@hawser/http';

/** Subresources that stream (kube-apiserver's `LongRunningFunc`). */
const SUBRESOURCES = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

/** Requests that may take as long as they like: they hold no seat and have no deadline. */
export function isLongRunning({ resourceRequest, verb, subresource }: RequestInfo): boolean {
  return verb === 'watch' || verb === 'proxy' || (resourceRequest && SUBRESOURCES.has(subresource));
}
