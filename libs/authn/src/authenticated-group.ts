import { ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, ANONYMOUS } from './identity.ts';

/**
 * The groups of someone who proved who they are: theirs and `system:authenticated`, unless they are anonymous
 * or already in one of the two groups (apiserver/pkg/authentication/group).
 */
export function withAuthenticatedGroup(name: string, groups: readonly string[]): readonly string[] {
  if (name === ANONYMOUS.name) return groups;
  if (groups.includes(ALL_AUTHENTICATED) || groups.includes(ALL_UNAUTHENTICATED)) return groups;
  return [...groups, ALL_AUTHENTICATED];
}
