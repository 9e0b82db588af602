import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@hawser/api';

/** Where bootstrap tokens are kept, and how (cluster-bootstrap/token/api). */
export const BOOTSTRAP_TOKEN_NAMESPACE = 'kube-system';
export const BOOTSTRAP_TOKEN_SECRET_PREFIX = 'bootstrap-token-';
export const BOOTSTRAP_TOKEN_SECRET_TYPE = 'bootstrap.kubernetes.io/token';
export const BOOTSTRAP_GROUP = 'system:bootstrappers';
export const BOOTSTRAP_USER_PREFIX = 'system:bootstrap:';

export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
}

/** Takes `abcdef.0123456789abcdef` apart; undefined for anything else. */
export function parseBootstrapToken(token: string): BootstrapToken | undefined {
  const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Why a Secret does not make a token good for authentication, or undefined when it does. */
export function bootstrapSecretFault(secret: Secret, token: BootstrapToken, now: Date): string | undefined {
  if (secret.metadata.deletionTimestamp !== undefined) return 'is being deleted';
  if (secret.type !== BOOTSTRAP_TOKEN_SECRET_TYPE) return 'is of another type';
  if (!equalInConstantTime(dataValue(secret, 'token-secret'), token.secret))
    return 'has another token-secret';
  if (dataValue(secret, 'token-id') !== token.id) return 'has another token-id';
  if (hasExpired(dataValue(secret, 'expiration'), now)) return 'has expired';
  if (dataValue(secret, 'usage-bootstrap-authentication') !== 'true') return 'is not for authentication';
  if (bootstrapGroups(secret) === undefined) return 'has an invalid group in auth-extra-groups';
  return undefined;
}

/**
 * The token of a Secret that may vouch for the cluster to those who know it; undefined for every other Secret
 * (kubernetes/pkg/controller/bootstrap). Its name must be made of its token-id.
 */
export function signingToken(secret: Secret, now: Date): BootstrapToken | undefined {
  const [id, tokenSecret] = [dataValue(secret, 'token-id'), dataValue(secret, 'token-secret')];
  const isToken = secret.type === BOOTSTRAP_TOKEN_SECRET_TYPE && id !== '' && tokenSecret !== '';
  if (!isToken || secret.metadata.name !== BOOTSTRAP_TOKEN_SECRET_PREFIX + id) return undefined;
  if (secret.metadata.deletionTimestamp !== undefined) return undefined;
  if (hasExpired(dataValue(secret, 'expiration'), now)) return undefined;
  return dataValue(secret, 'usage-bootstrap-signing') === 'true' ? { id, secret: tokenSecret } : undefined;
}

/**
 * The groups that a token's Secret puts its bearer in, sorted, `system:bootstrappers` among them.
 * @returns undefined when an extra group is outside `system:bootstrappers:`, so that a Secret cannot make
 * its bearer an administrator.
 */
export function bootstrapGroups(secret: Secret): readonly string[] | undefined {
  const text = dataValue(secret, 'auth-extra-groups');
  const extra = text === '' ? [] : text.split(',');
  if (!extra.every((group) => EXTRA_GROUP.test(group))) return undefined;
  return [...new Set([BOOTSTRAP_GROUP, ...extra])].sort();
}

/** An expiration that cannot be read has passed. */
function hasExpired(expiration: string, now: Date): boolean {
  if (expiration === '') return false;
  return !RFC3339.test(expiration) || !(Date.parse(expiration) > now.getTime());
}

function dataValue(secret: Secret, key: string): string {
  const data = secret.data ?? {};
  return Object.hasOwn(data, key) ? Buffer.from(data[key]!, 'base64').toString() : '';
}

/** Digests are of one length, whatever was stored: neither length nor content shows in the time taken. */
function equalInConstantTime(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
