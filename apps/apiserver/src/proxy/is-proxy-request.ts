import type { IncomingMessage } from 'node:http';

/** Whether a request's path is that of a proxy: its body is for somebody else, who may take it slowly. */
export function isProxyRequest({ url = '' }: Pick<IncomingMessage, 'url'>): boolean {
  return /^\/api\/v1\/(?:namespaces\/[^/?]+\/(?:pods|services)|nodes)\/[^/?]+\/proxy(?:[/?]|$)/.test(url);
}
