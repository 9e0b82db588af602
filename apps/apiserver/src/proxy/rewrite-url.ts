/** Where a page stands, and where the client sees it (apimachinery/pkg/util/proxy/transport.go). */
export interface PageLocation {
  /** What stands before the target's paths in the client's: `/api/v1/…/proxy`. */
  readonly prefix: string;
  /** The hosts under which the target may speak of itself: its address, and what `Host` said. */
  readonly hosts: readonly string[];
}

/**
 * A URL of a target's page as the client must ask for it: what leads to the same host by an absolute path leads
 * through the proxy; everything else stays.
 */
export function rewriteUrl(url: string, { prefix, hosts }: PageLocation): string {
  const match = /^(?:[a-z][a-z0-9+.-]*:(?=\/\/))?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/is.exec(url);
  if (match === null) return url;
  const [, host, path = '', rest = ''] = match;
  if ((host !== undefined && !hosts.includes(host)) || !path.startsWith('/')) return url;
  return path === prefix || path.startsWith(`${prefix}/`) ? `${path}${rest}` : `${prefix}${path}${rest}`;
}
