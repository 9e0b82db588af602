import type { Attributes, Authorizer, Decision } from './authorizer.ts';
import { noOpinion } from './decision.ts';

/** Asks each in turn until one has an opinion; if none has, their reasons are given line by line. */
export class UnionAuthorizer implements Authorizer {
  readonly #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  authorize(attributes: Attributes): Decision {
    const reasons: string[] = [];
    for (const authorizer of this.#authorizers) {
      const decision = authorizer.authorize(attributes);
      if (decision.verdict !== 'no-opinion') return decision;
      if (decision.reason !== '') reasons.push(decision.reason);
    }
    return noOpinion(reasons.join('\n'));
  }
}
