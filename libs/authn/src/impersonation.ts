import { badRequest } from '@hawser/api';
import { ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, ANONYMOUS, type Identity } from './identity.ts';
import { parseServiceAccountUser, serviceAccountGroups } from './service-account/service-account-name.ts';

/** One thing that the requestor must be allowed to `impersonate`. */
export interface ImpersonationCheck {
  readonly apiGroup: '' | 'authentication.k8s.io';
  readonly resource: 'users' | 'serviceaccounts' | 'uids' | 'groups' | 'userextras';
  /** The key of a userextra. */
  readonly subresource: string;
  /** Of a service account. */
  readonly namespace: string;
  readonly name: string;
}

export interface Impersonation {
  /** All must be allowed, in this order. */
  readonly checks: readonly ImpersonationCheck[];
  readonly identity: Identity;
}

interface Wanted {
  user: string;
  uid: string;
  readonly groups: string[];
  readonly extra: Map<string, string[]>;
}

const PREFIX = 'impersonate-';
const EXTRA_PREFIX = 'impersonate-extra-';

/**
 * Whom a request wants to be taken for (apiserver/pkg/endpoints/filters/impersonation, the mode of the verb
 * `impersonate`).
 * @param rawHeaders names and values in turn, as node:http's `rawHeaders`: its `headers` joins repeated ones
 * with commas, and a group may have a comma in its name.
 * @returns undefined when it wants to be nobody else.
 * @throws ApiError BadRequest when groups, extras or a UID come without a user.
 */
export function parseImpersonation(rawHeaders: readonly string[]): Impersonation | undefined {
  const wanted = readHeaders(rawHeaders);
  if (wanted === undefined) return undefined;
  if (wanted.user !== '') return { checks: checksFor(wanted), identity: identityFor(wanted) };
  const alone = wanted.groups.length > 0 || wanted.extra.size > 0 || wanted.uid !== '';
  if (alone) throw badRequest('requested impersonation of groups, a UID or extras without a user name');
  return undefined;
}

/** Whether a header is one of impersonation: none of them goes further than the hub. */
export function isImpersonationHeader(name: string): boolean {
  return name.length > PREFIX.length && name.slice(0, PREFIX.length).toLowerCase() === PREFIX;
}

function readHeaders(rawHeaders: readonly string[]): Wanted | undefined {
  let wanted: Wanted | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (!isImpersonationHeader(rawHeaders[at]!)) continue;
    wanted ??= { user: '', uid: '', groups: [], extra: new Map() };
    readHeader(wanted, rawHeaders[at]!.toLowerCase(), decodeValue(rawHeaders[at + 1]!));
  }
  return wanted;
}

/** Of a user or UID that stands there twice the first counts, as Go's Header.Get. */
function readHeader(wanted: Wanted, name: string, value: string): void {
  if (name === 'impersonate-user') wanted.user ||= value;
  else if (name === 'impersonate-uid') wanted.uid ||= value;
  else if (name === 'impersonate-group') wanted.groups.push(value);
  else if (name.startsWith(EXTRA_PREFIX)) {
    const key = unescapeKey(name.slice(EXTRA_PREFIX.length));
    wanted.extra.set(key, [...(wanted.extra.get(key) ?? []), value]);
  }
}

/** node:http reads bytes of headers as Latin-1; Go clients send UTF-8. */
function decodeValue(value: string): string {
  return /[\x80-\xff]/.test(value) ? Buffer.from(value, 'latin1').toString() : value;
}

/** Keys have characters that header names may not have, percent-encoded; what is not valid stays as it is. */
function unescapeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function checksFor({ user, uid, groups, extra }: Wanted): ImpersonationCheck[] {
  const authentication = 'authentication.k8s.io';
  const nowhere = { subresource: '', namespace: '' };
  const account = parseServiceAccountUser(user);
  const checks: ImpersonationCheck[] = [
    account === undefined
      ? { apiGroup: '', resource: 'users', ...nowhere, name: user }
      : { apiGroup: '', resource: 'serviceaccounts', subresource: '', ...account },
  ];
  if (uid !== '') checks.push({ apiGroup: authentication, resource: 'uids', ...nowhere, name: uid });
  for (const name of groups) checks.push({ apiGroup: '', resource: 'groups', ...nowhere, name });
  for (const [key, values] of extra)
    for (const name of values)
      checks.push({
        apiGroup: authentication,
        resource: 'userextras',
        subresource: key,
        namespace: '',
        name,
      });
  return checks;
}

function identityFor({ user, uid, groups, extra }: Wanted): Identity {
  return {
    name: user,
    ...(uid === '' ? {} : { uid }),
    groups: groupsFor(user, groups),
    extra: Object.fromEntries(extra),
  };
}

function groupsFor(user: string, wanted: readonly string[]): readonly string[] {
  const account = wanted.length === 0 ? parseServiceAccountUser(user) : undefined;
  const groups = account === undefined ? wanted : serviceAccountGroups(account.namespace);
  if (user === ANONYMOUS.name) return including(groups, ALL_UNAUTHENTICATED);
  return groups.includes(ALL_UNAUTHENTICATED) ? groups : including(groups, ALL_AUTHENTICATED);
}

function including(groups: readonly string[], group: string): readonly string[] {
  return groups.includes(group) ? groups : [...groups, group];
}
