import { SYSTEM_MASTERS } from '@hawser/authn';
import type { Attributes, Authorizer, Decision } from './authorizer.ts';
import { allow, noOpinion } from './decision.ts';

const ALLOWED = allow();
const NOT_PRIVILEGED = noOpinion();

/**
 * Lets members of a few groups do everything, before any rule is looked at: the way back in when the rules
 * are broken (apiserver/pkg/authorization/authorizerfactory).
 */
export class PrivilegedGroupAuthorizer implements Authorizer {
  readonly #groups: ReadonlySet<string>;

  constructor(groups: readonly string[] = [SYSTEM_MASTERS]) {
    this.#groups = new Set(groups);
  }

  authorize({ identity }: Attributes): Decision {
    return identity.groups.some((group) => this.#groups.has(group)) ? ALLOWED : NOT_PRIVILEGED;
  }
}
