import { IssuerKeys, JwtAuthenticator, type SigningAlgorithm } from '@hawser/authn';
import type { Dialer } from '@hawser/dial';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { CompiledJwt } from './compile-jwt.ts';
import { fetchJson } from './fetch-json.ts';
import { systemAuthorities } from './system-authorities.ts';

export interface IssuerSurroundings {
  /** To issuers that are not in the cluster. */
  readonly direct: Dialer;
  /** To those that are. */
  readonly cluster: Dialer;
  readonly apiAudiences: readonly string[];
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface IssuerPlan {
  readonly jwt: CompiledJwt;
  readonly algorithms: readonly SigningAlgorithm[];
  /** Those of the configuration, or of the system, where absent. */
  readonly readCa?: () => string;
}

/** Some issuers with their keys, which are kept up to date until it is disposed of. */
export class IssuerSet implements Disposable {
  readonly authenticators: readonly JwtAuthenticator[];
  readonly #keys: readonly IssuerKeys[];

  constructor(plans: readonly IssuerPlan[], surroundings: IssuerSurroundings) {
    const made = plans.map((plan) => open(plan, surroundings));
    this.authenticators = made.map(({ authenticator }) => authenticator);
    this.#keys = made.map(({ keys }) => keys);
  }

  /** Why tokens of one of them cannot be verified yet. */
  get fault(): Error | undefined {
    return this.#keys.find(({ current }) => current === undefined)?.fault;
  }

  [Symbol.dispose](): void {
    for (const keys of this.#keys) keys[Symbol.dispose]();
  }
}

function open({ jwt, algorithms, readCa }: IssuerPlan, surroundings: IssuerSurroundings) {
  const { direct, cluster, apiAudiences, logger, clock } = surroundings;
  const {
    url = '',
    discoveryURL,
    certificateAuthority,
    audiences = [],
    egressSelectorType,
  } = jwt.configuration.issuer ?? {};
  const dialer = egressSelectorType === 'cluster' ? cluster : direct;
  const fetching = { dialer, readCa: readCa ?? (() => certificateAuthority || systemAuthorities()) };
  const keys = new IssuerKeys({
    issuer: url,
    ...(discoveryURL ? { discoveryUrl: discoveryURL } : {}),
    fetchJson: (at, signal) => fetchJson(fetching, at, signal),
    clock,
    onOutcome(fault) {
      if (fault === undefined) logger.info({ issuer: url }, 'oidc: the keys of the issuer are known');
      else
        logger.error({ issuer: url, why: fault.message }, 'oidc: the keys of the issuer cannot be fetched');
    },
  });
  void keys.run();
  warnOfPowers(jwt, logger);
  return {
    keys,
    authenticator: new JwtAuthenticator({
      issuer: url,
      audiences,
      algorithms,
      keys,
      rules: jwt.rules,
      apiAudiences,
      clock,
    }),
  };
}

/** Without a prefix an issuer may name users and groups that mean something here already. */
function warnOfPowers({ configuration, rules }: CompiledJwt, logger: Logger): void {
  const issuer = configuration.issuer?.url;
  const { groups, username } = rules;
  if ('claim' in username && username.prefix === '' && username.claim !== 'email')
    logger.warn({ issuer }, 'weakened: the issuer may name any user: there is no prefix for user names');
  if (groups !== undefined && 'claim' in groups && groups.prefix === '')
    logger.warn(
      { issuer },
      'weakened: the issuer may put its users into any group: there is no prefix for groups',
    );
}
