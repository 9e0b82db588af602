import { createHash } from 'node:crypto';
import { duplicate, type FieldError, invalidValue, tooMany } from '@hawser/api';
import {
  aggregateMessage,
  ConfigurationFileError,
  readConfigurationFile,
} from '../configuration-file/read-configuration-file.ts';
import {
  AUTHENTICATION_CONFIGURATION,
  type AuthenticationConfiguration,
} from './authentication-configuration.ts';
import { type CompiledJwt, compileJwt } from './compile-jwt.ts';

export interface LoadedAuthentication {
  readonly jwt: readonly CompiledJwt[];
  /** Absent where the file says nothing of it. */
  readonly anonymous?: AuthenticationConfiguration['anonymous'];
  /** Tells whether the file has changed. */
  readonly contentHash: string;
}

const MAX_ISSUERS = 64;

/**
 * Reads an upstream AuthenticationConfiguration.
 * @param disallowedIssuers those of service account tokens: another's keys must not verify them.
 * @throws ConfigurationFileError in upstream's words.
 */
export function loadAuthenticationConfiguration(
  path: string,
  disallowedIssuers: readonly string[],
): LoadedAuthentication {
  try {
    const { bytes, value } = readConfigurationFile(path, AUTHENTICATION_CONFIGURATION);
    const configuration = value as AuthenticationConfiguration;
    const faults: FieldError[] = [];
    const jwt = compileAll(configuration, disallowedIssuers, faults);
    if (faults.length > 0) throw new ConfigurationFileError(aggregateMessage(faults));
    const contentHash = createHash('sha256').update(bytes).digest('hex');
    return { jwt, anonymous: configuration.anonymous, contentHash };
  } catch (cause) {
    if (!(cause instanceof ConfigurationFileError)) throw cause;
    throw new ConfigurationFileError(
      `failed to load authentication configuration from file ${JSON.stringify(path)}: ${cause.message}`,
    );
  }
}

function compileAll(
  { jwt = [], anonymous }: AuthenticationConfiguration,
  disallowedIssuers: readonly string[],
  faults: FieldError[],
): CompiledJwt[] {
  if (jwt.length > MAX_ISSUERS) {
    faults.push(tooMany('jwt', jwt.length, MAX_ISSUERS));
    return [];
  }
  const seen = { url: new Set<string>(), discoveryURL: new Set<string>() };
  const compiled = jwt.flatMap((each, i) => {
    const result = compileJwt(`jwt[${i}].`, each, disallowedIssuers, faults);
    for (const field of ['url', 'discoveryURL'] as const) {
      const value = each.issuer?.[field] ?? '';
      if (value !== '' && seen[field].has(value)) faults.push(duplicate(`jwt[${i}].issuer.${field}`, value));
      seen[field].add(value);
    }
    return result ?? [];
  });
  const { enabled = false, conditions = [] } = anonymous ?? {};
  if (!enabled && conditions.length > 0)
    faults.push(
      invalidValue(
        'anonymous.conditions',
        conditions,
        'enabled should be set to true when conditions are defined',
      ),
    );
  return compiled;
}
