import type { Node, Pod, Secret, ServiceAccount } from '@hawser/api';
import type { Clock } from '@hawser/runtime';
import { withAuthenticatedGroup } from '../authenticated-group.ts';
import { type Authentication, type Rejected, rejected, type TokenAuthenticator } from '../authentication.ts';
import { CREDENTIAL_ID, NODE_NAME, NODE_UID, POD_NAME, POD_UID } from '../extra-keys.ts';
import type { Identity } from '../identity.ts';
import type { Lister } from '../lister.ts';
import { commonAudiences } from './common-audiences.ts';
import { type BoundReference, readClaims, type ServiceAccountClaims } from './service-account-claims.ts';
import { parseServiceAccountUser, serviceAccountGroups } from './service-account-name.ts';
import { credentialIdOf } from './service-account-token-issuer.ts';
import type { TokenVerificationKey } from './token-key.ts';
import type { TokenUse } from './token-uses.ts';
import { isRejected, TokenVerifier } from './token-verifier.ts';

export interface ServiceAccountTokenAuthenticatorOptions {
  /** All that are trusted: the one that signs now, and those that signed before. Another array once they change. */
  readonly keys: () => readonly TokenVerificationKey[];
  /** All that are accepted; the first is the one that is issued now. */
  readonly issuers: readonly string[];
  /** The API server's own. */
  readonly audiences: readonly string[];
  readonly serviceAccounts: Lister<ServiceAccount>;
  readonly pods: Lister<Pod>;
  readonly secrets: Lister<Secret>;
  readonly nodes: Lister<Node>;
  readonly clock: Clock;
  /** Told of tokens that were let in. */
  readonly onUse?: (use: TokenUse) => void;
  /** How many verified tokens are remembered. */
  readonly cacheSize?: number;
}

interface VerifiedToken {
  readonly claims: ServiceAccountClaims;
  readonly identity: Identity;
}

/** How far clocks may differ; and how long after its deletion an object's tokens still hold (go-jose's leeway). */
const LEEWAY_SECONDS = 60;

const INVALIDATED = 'service account token has been invalidated';

/**
 * Service account tokens: the signature is verified once and remembered; times, audiences and whether the
 * account and what the token is bound to still exist, are looked at every time
 * (kubernetes/pkg/serviceaccount/{jwt,claims}.go).
 */
export class ServiceAccountTokenAuthenticator implements TokenAuthenticator {
  readonly #options: ServiceAccountTokenAuthenticatorOptions;
  readonly #verifier: TokenVerifier<VerifiedToken>;

  constructor(options: ServiceAccountTokenAuthenticatorOptions) {
    this.#options = options;
    this.#verifier = new TokenVerifier({ ...options, read: readVerified });
  }

  authenticateToken(token: string, audiences = this.#options.audiences): Authentication | undefined {
    const verified = this.#verifier.verify(token);
    if (verified === undefined || isRejected(verified)) return verified;
    return this.#authenticate(verified, audiences);
  }

  #authenticate({ claims, identity }: VerifiedToken, audiences: readonly string[]): Authentication {
    const nowSeconds = this.#options.clock.now().getTime() / 1000;
    const common = commonAudiences(claims.aud, audiences);
    if ('ok' in common) return common;
    const fault = timeFault(claims, nowSeconds) ?? this.#boundFault(claims, nowSeconds);
    if (fault !== undefined) return rejected(fault);
    const { warnafter } = claims['kubernetes.io'];
    const authenticated = { ok: true as const, identity, audiences: common };
    if (warnafter === undefined) return authenticated;
    const isStale = nowSeconds > warnafter;
    this.#options.onUse?.(isStale ? 'stale' : 'valid');
    if (!isStale) return authenticated;
    const late = Math.floor(nowSeconds - warnafter);
    const note = `subject: ${claims.sub}, seconds after warning threshold: ${late}`;
    return { ...authenticated, auditAnnotations: { 'authentication.k8s.io/stale-token': note } };
  }

  /** Why the account or what the token is bound to no longer carries it. */
  #boundFault(claims: ServiceAccountClaims, nowSeconds: number): string | undefined {
    const { namespace, serviceaccount, secret, pod, node } = claims['kubernetes.io'];
    const { serviceAccounts, secrets, pods, nodes } = this.#options;
    return (
      accountFault(
        serviceAccounts.get(namespace, serviceaccount.name),
        namespace,
        serviceaccount,
        nowSeconds,
      ) ??
      objectFault('secret', secret && secrets.get(namespace, secret.name), secret, nowSeconds) ??
      objectFault('pod', pod && pods.get(namespace, pod.name), pod, nowSeconds) ??
      // Beside a pod the node is only told: the pod's life ends with it anyway.
      (pod === undefined
        ? objectFault('node', node && nodes.get('', node.name), node, nowSeconds)
        : undefined)
    );
  }
}

function readVerified(given: Readonly<Record<string, unknown>>): VerifiedToken | Rejected {
  const claims = readClaims(given);
  if (claims === undefined) return rejected('token lacks claims of a service account');
  const { namespace, serviceaccount } = claims['kubernetes.io'];
  const subject = parseServiceAccountUser(claims.sub);
  if (subject?.namespace !== namespace || subject.name !== serviceaccount.name)
    return rejected('token is for another subject than its service account');
  return { claims, identity: identityOf(claims) };
}

interface Stored {
  readonly metadata: { readonly uid?: string; readonly deletionTimestamp?: string };
}

function accountFault(
  account: Stored | undefined,
  namespace: string,
  { name, uid }: BoundReference,
  nowSeconds: number,
): string | undefined {
  if (account === undefined) return `serviceaccounts "${name}" not found`;
  if (account.metadata.uid !== uid)
    return `service account UID (${account.metadata.uid}) does not match claim (${uid})`;
  return isDeleted(account, nowSeconds) ? `service account ${namespace}/${name} has been deleted` : undefined;
}

function objectFault(
  what: 'secret' | 'pod' | 'node',
  object: Stored | undefined,
  reference: BoundReference | undefined,
  nowSeconds: number,
): string | undefined {
  if (reference === undefined) return undefined;
  if (object === undefined) return INVALIDATED;
  if (object.metadata.uid !== reference.uid)
    return `${what} UID (${object.metadata.uid}) does not match service account ${what} ref claim (${reference.uid})`;
  return isDeleted(object, nowSeconds) ? INVALIDATED : undefined;
}

/** An object that may take its time to end carries its tokens as long, and a minute more. */
function isDeleted({ metadata: { deletionTimestamp } }: Stored, nowSeconds: number): boolean {
  return (
    deletionTimestamp !== undefined && Date.parse(deletionTimestamp) / 1000 < nowSeconds - LEEWAY_SECONDS
  );
}

function timeFault({ exp, nbf, iat }: ServiceAccountClaims, nowSeconds: number): string | undefined {
  if (nowSeconds + LEEWAY_SECONDS < nbf) return 'service account token is not valid yet';
  if (nowSeconds - LEEWAY_SECONDS > exp) return 'service account token has expired';
  if (nowSeconds + LEEWAY_SECONDS < iat) return 'service account token is issued in the future';
  return undefined;
}

function identityOf({ sub, jti, 'kubernetes.io': bound }: ServiceAccountClaims): Identity {
  const extra: Record<string, readonly string[]> = {};
  if (jti !== undefined) extra[CREDENTIAL_ID] = [credentialIdOf(jti)];
  if (bound.pod !== undefined) {
    extra[POD_NAME] = [bound.pod.name];
    extra[POD_UID] = [bound.pod.uid];
  }
  if (bound.node !== undefined) {
    extra[NODE_NAME] = [bound.node.name];
    if (bound.node.uid !== '') extra[NODE_UID] = [bound.node.uid];
  }
  const groups = withAuthenticatedGroup(sub, serviceAccountGroups(bound.namespace));
  return { name: sub, uid: bound.serviceaccount.uid, groups, extra };
}
