import type { TokenUse } from '@hawser/authn';
import { Counter, type Registry } from '@hawser/observability';

const HELP: Readonly<Record<TokenUse, readonly [string, string]>> = {
  valid: ['valid_tokens', 'Uses of projected service account tokens before the time they warn of.'],
  stale: ['stale_tokens', 'Uses of projected service account tokens after the time they warn of.'],
  legacy: ['legacy_tokens', 'Uses of service account tokens that live in Secrets.'],
  legacy_auto: [
    'legacy_auto_token_uses',
    'Uses of tokens of Secrets that the account names, as those made for it are.',
  ],
  legacy_manual: ['legacy_manual_token_uses', 'Uses of tokens of Secrets that somebody made.'],
  legacy_invalid: [
    'invalid_legacy_auto_token_uses',
    'Uses of tokens of Secrets that were marked invalid; they were refused.',
  ],
};

/** How service account tokens are used, under upstream's names (kubernetes/pkg/serviceaccount/metrics.go). */
export class TokenMetrics {
  readonly count: (use: TokenUse) => void;

  constructor(registry: Registry) {
    const counters = Object.fromEntries(
      Object.entries(HELP).map(([use, [name, help]]) => [
        use,
        new Counter({ name: `serviceaccount_${name}_total`, help, registers: [registry] }),
      ]),
    );
    this.count = (use) => counters[use]!.inc();
  }
}
