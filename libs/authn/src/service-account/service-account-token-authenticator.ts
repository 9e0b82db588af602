import type { Node, Pod, Secret, ServiceAccount } from '@hawser/api';
import type { Clock } from '@hawser/runtime';
import { withAuthenticatedGroup } from '../authenticated-group.ts';
import { type Authentication, type Rejected, rejected, type TokenAuthenticator } from '../authentication.ts';
import { CREDENTIAL_ID, NODE_NAME, NODE_UID, POD_NAME, POD_UID } from '../extra-keys.ts';
import type { Identity } from '../identity.ts';
import type { Lister } from '../lister.ts';
import { decodeToken, isSignedByOneOf } from './json-web-token.ts';
import { type BoundReference, readClaims, type ServiceAccountClaims } from './service-account-claims.ts';
import { parseServiceAccountUser, serviceAccountGroups } from './service-account-name.ts';
import { credentialIdOf } from './service-account-token-issuer.ts';
import type { TokenVerificationKey } from './token-key.ts';
import { VerifiedTokenCache } from './verified-token-cache.ts';

export interface ServiceAccountTokenAuthenticatorOptions {
  /** All that are trusted: the one that signs now, and those that signed before. */
  readonly keys: readonly TokenVerificationKey[];
  /** All that are accepted; the first is the one that is issued now. */
  readonly issuers: readonly string[];
  /** The API server's own. */
  readonly audiences: readonly string[];
  readonly serviceAccounts: Lister<ServiceAccount>;
  readonly pods: Lister<Pod>;
  readonly secrets: Lister<Secret>;
  readonly nodes: Lister<Node>;
  readonly clock: Clock;
  /** How many verified tokens are remembered. */
  readonly cacheSize?: number;
}

interface VerifiedToken {
  readonly claims: ServiceAccountClaims;
  readonly identity: Identity;
}

/** How far clocks may differ; and how long after its deletion an object's tokens still hold (go-jose's leeway). */
const LEEWAY_SECONDS = 60;

/**
 * Service account tokens: the signature is verified once and remembered; times, audiences and whether the
 * account and what the token is bound to still exist, are looked at every time
 * (kubernetes/pkg/serviceaccount/{jwt,claims}.go).
 */
export class ServiceAccountTokenAuthenticator implements TokenAuthenticator {
  readonly #options: ServiceAccountTokenAuthenticatorOptions;
  readonly #verified: VerifiedTokenCache<VerifiedToken>;

  constructor(options: ServiceAccountTokenAuthenticatorOptions) {
    this.#options = options;
    this.#verified = new VerifiedTokenCache(options.cacheSize ?? 4096);
  }

  authenticateToken(token: string, audiences = this.#options.audiences): Authentication | undefined {
    const known = this.#verified.get(token);
    if (known !== undefined) return this.#authenticate(known, audiences);
    const verified = this.#verify(token);
    if (verified === undefined || 'ok' in verified) return verified;
    this.#verified.set(token, verified);
    return this.#authenticate(verified, audiences);
  }

  /** What never changes about a token. Undefined when another issuer made it, or it is no JWT. */
  #verify(token: string): VerifiedToken | Rejected | undefined {
    const decoded = decodeToken(token);
    const issuer = decoded?.claims['iss'];
    if (decoded === undefined || typeof issuer !== 'string' || !this.#options.issuers.includes(issuer))
      return undefined;
    if (!isSignedByOneOf(decoded, this.#options.keys)) return rejected('token is not signed by a known key');
    const claims = readClaims(decoded.claims);
    if (claims === undefined) return rejected('token lacks claims of a service account');
    const { namespace, serviceaccount } = claims['kubernetes.io'];
    const subject = parseServiceAccountUser(claims.sub);
    if (subject?.namespace !== namespace || subject.name !== serviceaccount.name)
      return rejected('token is for another subject than its service account');
    return { claims, identity: identityOf(claims) };
  }

  #authenticate({ claims, identity }: VerifiedToken, audiences: readonly string[]): Authentication {
    const nowSeconds = this.#options.clock.now().getTime() / 1000;
    const common = claims.aud.filter((audience) => audiences.includes(audience));
    if (common.length === 0) return rejected('token is for another audience');
    const fault = timeFault(claims, nowSeconds) ?? this.#boundFault(claims, nowSeconds);
    if (fault !== undefined) return rejected(fault);
    const { warnafter } = claims['kubernetes.io'];
    if (warnafter === undefined || nowSeconds <= warnafter) return { ok: true, identity, audiences: common };
    const late = Math.floor(nowSeconds - warnafter);
    const note = `subject: ${claims.sub}, seconds after warning threshold: ${late}`;
    const auditAnnotations = { 'authentication.k8s.io/stale-token': note };
    return { ok: true, identity, audiences: common, auditAnnotations };
  }

  /** Why the account or what the token is bound to no longer carries it. */
  #boundFault(claims: ServiceAccountClaims, nowSeconds: number): string | undefined {
    const { namespace, serviceaccount, secret, pod, node } = claims['kubernetes.io'];
    const { serviceAccounts, secrets, pods, nodes } = this.#options;
    const lives = (lister: Lister<Stored>, inNamespace: string, reference: BoundReference | undefined) =>
      reference === undefined || isAlive(lister.get(inNamespace, reference.name), reference.uid, nowSeconds);
    if (!lives(serviceAccounts, namespace, serviceaccount)) return 'service account of the token is gone';
    if (!lives(secrets, namespace, secret)) return 'Secret that the token is bound to is gone';
    if (!lives(pods, namespace, pod)) return 'Pod that the token is bound to is gone';
    // Beside a pod the node is only told: the pod's life ends with it anyway.
    if (pod === undefined && !lives(nodes, '', node)) return 'Node that the token is bound to is gone';
    return undefined;
  }
}

interface Stored {
  readonly metadata: { readonly uid?: string; readonly deletionTimestamp?: string };
}

function isAlive(object: Stored | undefined, uid: string, nowSeconds: number): boolean {
  if (object === undefined || object.metadata.uid !== uid) return false;
  const { deletionTimestamp } = object.metadata;
  return (
    deletionTimestamp === undefined || Date.parse(deletionTimestamp) / 1000 >= nowSeconds - LEEWAY_SECONDS
  );
}

function timeFault({ exp, nbf, iat }: ServiceAccountClaims, nowSeconds: number): string | undefined {
  if (nowSeconds - LEEWAY_SECONDS > exp) return 'token has expired';
  if (nowSeconds + LEEWAY_SECONDS < nbf) return 'token is not valid yet';
  if (nowSeconds + LEEWAY_SECONDS < iat) return 'token was issued in the future';
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
