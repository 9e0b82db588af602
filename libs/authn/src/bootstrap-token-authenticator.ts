import type { Secret } from '@hawser/api';
import type { Clock } from '@hawser/runtime';
import { withAuthenticatedGroup } from './authenticated-group.ts';
import { type Authentication, rejected, type TokenAuthenticator } from './authentication.ts';
import {
  BOOTSTRAP_TOKEN_NAMESPACE,
  BOOTSTRAP_TOKEN_SECRET_PREFIX,
  BOOTSTRAP_USER_PREFIX,
  bootstrapGroups,
  bootstrapSecretFault,
  parseBootstrapToken,
} from './bootstrap-token.ts';
import type { Lister } from './lister.ts';

/**
 * Tokens with which nodes join, one per Secret in kube-system; their bearer is `system:bootstrap:ID`
 * (kubernetes/plugin/pkg/auth/authenticator/token/bootstrap).
 */
export class BootstrapTokenAuthenticator implements TokenAuthenticator {
  readonly #secrets: Lister<Secret>;
  readonly #audiences: readonly string[];
  readonly #clock: Clock;

  /** @param options.audiences the API server's: for these alone such a token is good. */
  constructor(options: {
    readonly secrets: Lister<Secret>;
    readonly audiences: readonly string[];
    readonly clock: Clock;
  }) {
    this.#secrets = options.secrets;
    this.#audiences = options.audiences;
    this.#clock = options.clock;
  }

  authenticateToken(token: string, audiences = this.#audiences): Authentication | undefined {
    const parts = parseBootstrapToken(token);
    if (parts === undefined) return undefined;
    const name = BOOTSTRAP_TOKEN_SECRET_PREFIX + parts.id;
    const secret = this.#secrets.get(BOOTSTRAP_TOKEN_NAMESPACE, name);
    if (secret === undefined) return rejected(`no Secret ${name} for this bootstrap token`);
    const fault = bootstrapSecretFault(secret, parts, this.#clock.now());
    if (fault !== undefined) return rejected(`Secret ${name} of this bootstrap token ${fault}`);
    const common = audiences.filter((audience) => this.#audiences.includes(audience));
    if (common.length === 0) return rejected('a bootstrap token is for the API server alone');
    const user = BOOTSTRAP_USER_PREFIX + parts.id;
    const groups = withAuthenticatedGroup(user, bootstrapGroups(secret)!);
    return { ok: true, identity: { name: user, groups, extra: {} }, audiences: common };
  }
}
