import { subjectAccessReviews } from '@hawser/api';
import type { Identity } from '@hawser/authn';
import type { KubeClient } from '@hawser/client';
import type { Clock } from '@hawser/runtime';
import { ExpiringCache } from './expiring-cache.ts';
import type { RequestAttributes } from './request-attributes.ts';

/** For how long an answer counts (upstream's `authorization.webhook.cacheAuthorizedTTL` and `cacheUnauthorizedTTL`). */
export interface AnswerLifetimes {
  readonly allowedMs: number;
  readonly deniedMs: number;
}

export interface Decision {
  readonly allowed: boolean;
  /** Why, in the API server's words; for the audit event. */
  readonly reason: string;
}

/** What is no request that could be allowed. */
const NOTHING_ASKED: Decision = { allowed: false, reason: '' };

/** May somebody do something here? The API server says, by SubjectAccessReview; its answers are remembered. */
export class Authorizer {
  readonly #answers: ExpiringCache<Decision>;

  constructor(
    private readonly client: KubeClient,
    private readonly nodeName: string,
    private readonly lifetimes: AnswerLifetimes,
    clock: Clock,
  ) {
    this.#answers = new ExpiringCache(clock);
  }

  /** One of the subresources will do; of a refusal the reason for the last is told. @throws when the API server cannot be asked. */
  async authorize(identity: Identity, { verb, subresources }: RequestAttributes): Promise<Decision> {
    let decision = NOTHING_ASKED;
    if (verb === '') return decision;
    for (const subresource of subresources) {
      decision = await this.#review(identity, verb, subresource);
      if (decision.allowed) break;
    }
    return decision;
  }

  async #review(
    { name: user, uid, groups, extra }: Identity,
    verb: string,
    subresource: string,
  ): Promise<Decision> {
    const key = JSON.stringify([user, uid, groups, extra, verb, subresource]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const resourceAttributes = {
      verb,
      group: '',
      version: 'v1',
      resource: 'nodes',
      subresource,
      name: this.nodeName,
    };
    const who = { user, uid, groups: [...groups], extra: mutable(extra) };
    const { status } = await this.client.create(subjectAccessReviews, {
      spec: { resourceAttributes, ...who },
    });
    const allowed = status?.allowed === true && !status.denied;
    const decision = { allowed, reason: status?.reason ?? '' };
    const { allowedMs, deniedMs } = this.lifetimes;
    this.#answers.set(key, decision, allowed ? allowedMs : deniedMs);
    return decision;
  }
}

function mutable(extra: Identity['extra']): Record<string, string[]> {
  return Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
}
