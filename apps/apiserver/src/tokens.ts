import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { nodes, pods, secrets, serviceAccounts } from '@hawser/api';
import {
  BootstrapTokenAuthenticator,
  jsonWebKeySet,
  openIdConfiguration,
  ServiceAccountTokenAuthenticator,
  ServiceAccountTokenIssuer,
  type TokenAuthenticator,
  tokenSigningKey,
  tokenVerificationKey,
  UnionTokenAuthenticator,
} from '@hawser/authn';
import { systemClock as clock } from '@hawser/runtime';
import type { Resources } from './hub.ts';
import type { ApiServerOptions } from './options.ts';

/** What reads bearer tokens and what makes them, with the documents by which others verify those. */
export function createTokens(options: ApiServerOptions, resources: Resources) {
  const key = tokenSigningKey(createPrivateKey(readFileSync(options.serviceAccountSigningKeyFile)));
  const more = (options.serviceAccountKeyFile ?? []).map((file) =>
    tokenVerificationKey(createPublicKey(readFileSync(file))),
  );
  const keys = [key, ...more.filter(({ keyId }) => keyId !== key.keyId)];
  const issuers = options.serviceAccountIssuer;
  const audiences = options.apiAudiences?.length ? options.apiAudiences : issuers;
  const lister = {
    secrets: resources.lister(secrets),
    pods: resources.lister(pods),
    nodes: resources.lister(nodes),
  };
  const authenticators: TokenAuthenticator[] = [
    new ServiceAccountTokenAuthenticator({
      keys,
      issuers,
      audiences,
      serviceAccounts: resources.lister(serviceAccounts),
      ...lister,
      clock,
    }),
  ];
  if (options.enableBootstrapTokenAuth)
    authenticators.push(new BootstrapTokenAuthenticator({ secrets: lister.secrets, audiences, clock }));
  const issuer = issuers[0]!;
  return {
    authenticator: new UnionTokenAuthenticator(authenticators),
    issuer: new ServiceAccountTokenIssuer({ issuer, key, clock }),
    audiences,
    openId: {
      openIdConfiguration: openIdConfiguration({ issuer, jwksUri: `${issuer}/openid/v1/jwks`, keys }),
      jsonWebKeySet: jsonWebKeySet(keys),
    },
  };
}
