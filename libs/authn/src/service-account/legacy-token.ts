import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@hawser/api';
import { signToken } from './json-web-token.ts';
import { serviceAccountUser } from './service-account-name.ts';
import type { TokenSigningKey } from './token-key.ts';

/** Secrets that hold a token of a service account without an end, and what they are marked with. */
export const LEGACY_TOKEN_SECRET_TYPE = 'kubernetes.io/service-account-token';
export const LEGACY_ISSUER = 'kubernetes/serviceaccount';
/** The account whose token a Secret holds, or is to hold. */
export const ACCOUNT_NAME_ANNOTATION = 'kubernetes.io/service-account.name';
export const ACCOUNT_UID_ANNOTATION = 'kubernetes.io/service-account.uid';
/** The day, UTC, on which the token was last used. */
export const LAST_USED_LABEL = 'kubernetes.io/legacy-token-last-used';
/** The day, UTC, from which on the token is refused for not having been used. */
export const INVALID_SINCE_LABEL = 'kubernetes.io/legacy-token-invalid-since';
/** Since when the hub keeps `LAST_USED_LABEL`: key `since` of this ConfigMap in kube-system. */
export const TRACKING_CONFIG_MAP = 'kube-apiserver-legacy-service-account-token-tracking';

const CLAIM = 'kubernetes.io/serviceaccount/';

export interface LegacyClaims {
  readonly namespace: string;
  readonly secretName: string;
  readonly serviceAccountName: string;
  readonly serviceAccountUid: string;
  readonly subject: string;
}

/** A token for a Secret: good for as long as the Secret holds it. */
export function signLegacyToken(key: TokenSigningKey, claims: Omit<LegacyClaims, 'subject'>): string {
  const { namespace, secretName, serviceAccountName, serviceAccountUid } = claims;
  return signToken(key, {
    iss: LEGACY_ISSUER,
    [`${CLAIM}namespace`]: namespace,
    [`${CLAIM}secret.name`]: secretName,
    [`${CLAIM}service-account.name`]: serviceAccountName,
    [`${CLAIM}service-account.uid`]: serviceAccountUid,
    sub: serviceAccountUser(namespace, serviceAccountName),
  });
}

/** @returns the claims, or upstream's name of the first that is missing. */
export function readLegacyClaims(
  claims: Readonly<Record<string, unknown>>,
): LegacyClaims | { readonly missing: string } {
  const read = (name: string) => (typeof claims[name] === 'string' ? (claims[name] as string) : '');
  const found = {
    subject: read('sub'),
    namespace: read(`${CLAIM}namespace`),
    secretName: read(`${CLAIM}secret.name`),
    serviceAccountName: read(`${CLAIM}service-account.name`),
    serviceAccountUid: read(`${CLAIM}service-account.uid`),
  };
  if (found.subject === '') return { missing: 'sub' };
  if (found.namespace === '') return { missing: 'namespace' };
  if (found.secretName === '') return { missing: 'secretName' };
  if (found.serviceAccountName === '') return { missing: 'serviceAccountName' };
  if (found.serviceAccountUid === '') return { missing: 'serviceAccountUID' };
  return found;
}

/** Whether a Secret holds this very token. */
export function isSameToken(secret: Secret, token: string): boolean {
  const held = Buffer.from(secret.data?.['token'] ?? '', 'base64');
  return timingSafeEqual(digest(held), digest(Buffer.from(token)));
}

const digest = (data: Buffer): Buffer => createHash('sha256').update(data).digest();
