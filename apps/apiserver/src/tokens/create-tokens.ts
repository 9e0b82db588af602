import { nodes, pods, secrets, serviceAccounts } from '@hawser/api';
import {
  BootstrapTokenAuthenticator,
  LegacyTokenAuthenticator,
  ServiceAccountTokenAuthenticator,
  ServiceAccountTokenIssuer,
  type TokenAuthenticator,
  UnionTokenAuthenticator,
} from '@hawser/authn';
import type { Logger, Registry } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { ReloadSurroundings } from '@hawser/tls-files';
import type { Resources } from '../hub.ts';
import type { ApiServerOptions } from '../options.ts';
import { advertisedAddress } from '../services/advertise-address.ts';
import { LegacyTokenTracking } from './legacy-token-tracking.ts';
import { openIdMetadata } from './open-id-metadata.ts';
import { watchTokenKeys } from './token-key-files.ts';
import { TokenMetrics } from './token-metrics.ts';

export interface TokenSurroundings {
  readonly resources: Resources;
  readonly registry: Registry;
  readonly reloading: ReloadSurroundings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the hub listens; not yet known when this is made. */
  readonly port: () => number;
}

/** What reads bearer tokens and what makes them, with the documents by which others verify those. */
export function createTokens(options: ApiServerOptions, surroundings: TokenSurroundings) {
  const { resources, clock, logger, port } = surroundings;
  checkIssuers(options.serviceAccountIssuer);
  const keyFiles = watchTokenKeys(options, surroundings.reloading);
  const issuers = options.serviceAccountIssuer;
  const issuer = issuers[0]!;
  const audiences = options.apiAudiences?.length ? options.apiAudiences : issuers;
  const metrics = new TokenMetrics(surroundings.registry);
  const tracking = new LegacyTokenTracking({ resources, clock, logger });
  const shared = {
    keys: () => keyFiles.current.verification,
    audiences,
    serviceAccounts: resources.lister(serviceAccounts),
    secrets: resources.lister(secrets),
    clock,
    onUse: metrics.count,
  };
  const authenticators: TokenAuthenticator[] = [
    new ServiceAccountTokenAuthenticator({
      ...shared,
      issuers,
      pods: resources.lister(pods),
      nodes: resources.lister(nodes),
    }),
    new LegacyTokenAuthenticator({ ...shared, onSecretUsed: (secret) => tracking.used(secret) }),
  ];
  if (options.enableBootstrapTokenAuth)
    authenticators.push(new BootstrapTokenAuthenticator({ secrets: shared.secrets, audiences, clock }));
  const openId = openIdMetadata({
    issuer,
    jwksUri: options.serviceAccountJwksUri,
    externalAddress: () => externalAddress(options, port()),
    keys: shared.keys,
    logger,
  });
  return {
    authenticator: new UnionTokenAuthenticator(authenticators),
    issuer: new ServiceAccountTokenIssuer({ issuer, key: () => keyFiles.current.signing, clock }),
    audiences,
    openId,
    tracking,
  };
}

function externalAddress(options: ApiServerOptions, port: number): string | undefined {
  const host = advertisedAddress(options);
  return host === undefined ? undefined : `${host}:${port}`;
}

/** @throws RangeError for one that has a colon and is no URL, as upstream's start does. */
function checkIssuers(issuers: readonly string[]): void {
  for (const issuer of issuers)
    if (issuer === '' || (issuer.includes(':') && !URL.canParse(issuer)))
      throw new RangeError(`--service-account-issuer: ${JSON.stringify(issuer)} is not a valid URL`);
}
