import { type FieldError, fieldErrorMessage } from '@hawser/api';
import { isSigningAlgorithm, type SigningAlgorithm } from '@hawser/authn';
import { FlagError } from '@hawser/config';
import type { ApiServerOptions } from '../options.ts';
import type { JwtConfiguration } from './authentication-configuration.ts';
import { type CompiledJwt, compileJwt } from './compile-jwt.ts';

export type OidcFlags = Pick<
  ApiServerOptions,
  | 'authenticationConfig'
  | 'oidcIssuerUrl'
  | 'oidcClientId'
  | 'oidcCaFile'
  | 'oidcUsernameClaim'
  | 'oidcUsernamePrefix'
  | 'oidcGroupsClaim'
  | 'oidcGroupsPrefix'
  | 'oidcRequiredClaim'
  | 'oidcSigningAlgs'
>;

/** The one issuer that flags can name. */
export interface FlaggedIssuer {
  readonly jwt: CompiledJwt;
  readonly algorithms: readonly SigningAlgorithm[];
  /** Read anew for each connection; the system's where absent. */
  readonly caFile?: string;
}

/**
 * The issuer of the flags, with upstream's defaults (kubernetes/pkg/kubeapiserver/options/authentication.go).
 * @param disallowedIssuers those of service account tokens.
 * @returns undefined where no flag is set.
 * @throws FlagError where they are wrong, or contradict --authentication-config.
 */
export function issuerOfFlags(
  flags: OidcFlags,
  disallowedIssuers: readonly string[],
): FlaggedIssuer | undefined {
  if (!isAnySet(flags)) return undefined;
  const { oidcIssuerUrl = '', oidcClientId = '', oidcCaFile, oidcSigningAlgs } = flags;
  if (flags.authenticationConfig !== undefined)
    throw new FlagError(['authentication-config file and oidc-* flags are mutually exclusive']);
  if (oidcIssuerUrl === '' || oidcClientId === '')
    throw new FlagError([
      'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set',
    ]);
  const faults: FieldError[] = [];
  const jwt = compileJwt('', configurationOf(flags, oidcIssuerUrl, oidcClientId), disallowedIssuers, faults);
  if (jwt === undefined) throw new FlagError(faults.map((fault) => `--oidc-*: ${fieldErrorMessage(fault)}`));
  const algorithms = oidcSigningAlgs.filter(isSigningAlgorithm);
  return { jwt, algorithms, ...(oidcCaFile === undefined ? {} : { caFile: oidcCaFile }) };
}

/** Flags with a default are set where they say something else. */
function isAnySet(flags: OidcFlags): boolean {
  const { oidcUsernameClaim, oidcSigningAlgs, authenticationConfig: _file, ...others } = flags;
  const given = Object.entries(others).some(
    ([name, value]) => name.startsWith('oidc') && value !== undefined,
  );
  return given || oidcUsernameClaim !== 'sub' || oidcSigningAlgs.join() !== 'RS256';
}

function configurationOf(flags: OidcFlags, url: string, audience: string): JwtConfiguration {
  const { oidcUsernameClaim: claim, oidcGroupsClaim, oidcGroupsPrefix = '', oidcRequiredClaim = [] } = flags;
  return {
    issuer: { url, audiences: [audience] },
    claimMappings: {
      username: { claim, prefix: usernamePrefix(flags, url) },
      groups: oidcGroupsClaim === undefined ? {} : { claim: oidcGroupsClaim, prefix: oidcGroupsPrefix },
    },
    claimValidationRules: oidcRequiredClaim.map(requiredClaim),
  };
}

function usernamePrefix({ oidcUsernameClaim, oidcUsernamePrefix = '' }: OidcFlags, url: string): string {
  if (oidcUsernamePrefix === '-') return '';
  return oidcUsernamePrefix === '' && oidcUsernameClaim !== 'email' ? `${url}#` : oidcUsernamePrefix;
}

function requiredClaim(text: string): { claim: string; requiredValue: string } {
  const at = text.indexOf('=');
  if (at < 1)
    throw new FlagError([
      `invalid value ${JSON.stringify(text)} for --oidc-required-claim: expected key=value`,
    ]);
  return { claim: text.slice(0, at), requiredValue: text.slice(at + 1) };
}
