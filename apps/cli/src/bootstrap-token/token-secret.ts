import type { Secret } from '@hawser/api';
import { type BootstrapToken, isToken } from './bootstrap-token.ts';

/** The type and namespace that upstream gives to bootstrap tokens (bootstrap.kubernetes.io/token). */
export const TOKEN_SECRET_TYPE = 'bootstrap.kubernetes.io/token';
export const TOKEN_NAMESPACE = 'kube-system';
const NAME_PREFIX = 'bootstrap-token-';
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

export const TOKEN_USAGES = ['signing', 'authentication'] as const;

/** What a token is for and until when. */
export interface TokenTerms {
  readonly usages: readonly string[];
  /** Groups besides `system:bootstrappers`. */
  readonly groups: readonly string[];
  readonly description?: string;
  /** Undefined: never. */
  readonly expiration?: Date;
}

export const tokenSecretName = (id: string): string => NAME_PREFIX + id;

/**
 * The Secret of a token. Throws for usages that there are not, and for groups that upstream would refuse: outside
 * `system:bootstrappers:`, or for a token that nobody can authenticate with.
 */
export function createTokenSecret(token: BootstrapToken, terms: TokenTerms): Secret {
  const usage = terms.usages.find((each) => !TOKEN_USAGES.some((known) => known === each));
  if (usage !== undefined) throw new Error(`--usages: ${usage} is none of ${TOKEN_USAGES.join(', ')}`);
  const group = terms.groups.find((each) => !GROUP.test(each));
  if (group !== undefined) throw new Error(`--groups: ${group} does not match ${GROUP.source}`);
  if (terms.groups.length > 0 && !terms.usages.includes('authentication'))
    throw new Error('--groups: only tokens with the usage authentication have groups');
  const data: Record<string, string> = {
    'token-id': token.id,
    'token-secret': token.secret,
    ...Object.fromEntries(terms.usages.map((each) => [`usage-bootstrap-${each}`, 'true'])),
    ...(terms.groups.length > 0 && { 'auth-extra-groups': terms.groups.join(',') }),
    ...(terms.description && { description: terms.description }),
    ...(terms.expiration && { expiration: terms.expiration.toISOString().replace(/\.\d+Z$/, 'Z') }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: tokenSecretName(token.id), namespace: TOKEN_NAMESPACE },
    type: TOKEN_SECRET_TYPE,
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  };
}

/** A token as its Secret tells it, or what is wrong with that Secret. */
export function readTokenSecret(
  secret: Secret,
): { token: BootstrapToken; terms: TokenTerms } | { fault: string } {
  const { name } = secret.metadata;
  const text = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
  const token = { id: text('token-id'), secret: text('token-secret') };
  if (!isToken(token)) return { fault: `Secret ${name} holds no token` };
  if (name !== tokenSecretName(token.id)) return { fault: `Secret ${name} is not named after its token-id` };
  const expiration = text('expiration') ? new Date(text('expiration')) : undefined;
  if (expiration && Number.isNaN(expiration.getTime()))
    return { fault: `Secret ${name}: its expiration cannot be read` };
  const terms = {
    usages: TOKEN_USAGES.filter((usage) => text(`usage-bootstrap-${usage}`) === 'true'),
    groups: text('auth-extra-groups').split(',').filter(Boolean),
    description: text('description'),
    expiration,
  };
  return { token, terms };
}
