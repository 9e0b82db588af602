import type { Secret } from '@hawser/api';
import type { BootstrapToken } from './bootstrap-token.ts';

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

/** The Secret of a token. Throws for usages that there are not, and for groups that upstream would refuse. */
export function createTokenSecret(token: BootstrapToken, terms: TokenTerms): Secret {
  const usage = terms.usages.find((each) => !TOKEN_USAGES.some((known) => known === each));
  if (usage !== undefined) throw new Error(`--usages: ${usage} is none of ${TOKEN_USAGES.join(', ')}`);
  const group = terms.groups.find((each) => !GROUP.test(each));
  if (group !== undefined) throw new Error(`--groups: ${group} does not match ${GROUP.source}`);
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

/** A token as its Secret tells it; undefined for a Secret that is not a complete one. */
export function readTokenSecret(secret: Secret): { token: BootstrapToken; terms: TokenTerms } | undefined {
  const text = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
  const [id, tokenSecret] = [text('token-id'), text('token-secret')];
  if (!id || !tokenSecret) return undefined;
  const terms = {
    usages: TOKEN_USAGES.filter((usage) => text(`usage-bootstrap-${usage}`) === 'true'),
    groups: text('auth-extra-groups').split(',').filter(Boolean),
    description: text('description'),
    expiration: text('expiration') ? new Date(text('expiration')) : undefined,
  };
  return { token: { id, secret: tokenSecret }, terms };
}
