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

/** Somebody, as the headers of a request say it. */
export interface WantedUser {
  readonly user: string;
  /** Empty where the request asks for none. */
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

export interface Impersonation {
  readonly wanted: WantedUser;
  /** Of the verb `impersonate`: all must be allowed, in this order. */
  readonly checks: readonly ImpersonationCheck[];
  /** Whom the request is taken for then. */
  readonly identity: Identity;
}

interface Wanted extends WantedUser {
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
  if (wanted.user !== '') return { wanted, checks: checksFor(wanted), identity: identityFor(wanted) };
  const alone = wanted.groups.length > 0 || wanted.extra.size > 0 || wanted.uid !== '';
  if (alone) throw badRequest(`requested ${printed(wanted)} without impersonating a user name`);
  return undefined;
}

/** As Go prints the user: upstream's message shows it so. */
function printed({ uid, groups, extra }: WantedUser): string {
  const list = (values: readonly string[]) => `{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
  const keys = [...extra.keys()].sort();
  const texts = keys.map((key) => `${JSON.stringify(key)}:[]string${list(extra.get(key)!)}`);
  const groupTexts = groups.length === 0 ? '(nil)' : list(groups);
  const extraTexts = keys.length === 0 ? '(nil)' : `{${texts.join(', ')}}`;
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:[]string${groupTexts}, Extra:map[string][]string${extraTexts}}`;
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
  return withAuthenticated(user, account === undefined ? wanted : serviceAccountGroups(account.namespace));
}

/** With the group of those who are known, or of those who are not, as upstream adds it to who is impersonated. */
export function withAuthenticated(user: string, groups: readonly string[]): readonly string[] {
  if (user === ANONYMOUS.name) return including(groups, ALL_UNAUTHENTICATED);
  return groups.includes(ALL_UNAUTHENTICATED) ? groups : including(groups, ALL_AUTHENTICATED);
}

function including(groups: readonly string[], group: string): readonly string[] {
  return groups.includes(group) ? groups : [...groups, group];
}
