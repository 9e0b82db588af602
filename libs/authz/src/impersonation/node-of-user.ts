const PREFIX = 'system:node:';
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_LENGTH = 253;

/** The node that a user name stands for, where it can be one's. */
export function nodeOfUser(user: string): string | undefined {
  const name = user.startsWith(PREFIX) ? user.slice(PREFIX.length) : '';
  return name.length <= MAX_LENGTH && SUBDOMAIN.test(name) ? name : undefined;
}
