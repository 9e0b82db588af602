/** User and group names of service accounts (apiserver/pkg/authentication/serviceaccount). */
const USER_PREFIX = 'system:serviceaccount:';
export const ALL_SERVICE_ACCOUNTS = 'system:serviceaccounts';

const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const USER = new RegExp(`^${USER_PREFIX}(${LABEL}):(${LABEL}(?:\\.${LABEL})*)$`);

export function serviceAccountUser(namespace: string, name: string): string {
  return `${USER_PREFIX}${namespace}:${name}`;
}

/** The groups that a service account is in for what it is. */
export function serviceAccountGroups(namespace: string): string[] {
  return [ALL_SERVICE_ACCOUNTS, `${ALL_SERVICE_ACCOUNTS}:${namespace}`];
}

/** The account that a user name stands for; undefined for any other user. */
export function parseServiceAccountUser(user: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = USER.exec(user) ?? [];
  return namespace === undefined || name === undefined || name.length > 253 ? undefined : { namespace, name };
}
