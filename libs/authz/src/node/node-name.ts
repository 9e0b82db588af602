import type { Identity } from '@hawser/authn';

const USER_PREFIX = 'system:node:';
export const NODES_GROUP = 'system:nodes';

/**
 * The node that somebody is, by user name and group both; empty for a node without a name, undefined for
 * anybody else (kubernetes/pkg/auth/nodeidentifier).
 */
export function nodeNameOf({ name, groups }: Identity): string | undefined {
  return name.startsWith(USER_PREFIX) && groups.includes(NODES_GROUP)
    ? name.slice(USER_PREFIX.length)
    : undefined;
}
