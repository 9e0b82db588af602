import { readFileSync } from 'node:fs';
import { DecodeError, decodeObject } from '@hawser/api';
import { BodySyntaxError } from '../resources/body-syntax-error.ts';
import { parseYaml } from '../resources/parse-yaml.ts';
import {
  type EgressSelection,
  type EgressSelectorConfiguration,
  EgressSelectorConfigurationSchema,
} from './egress-selector-configuration.ts';

const KIND = 'EgressSelectorConfiguration';
const VERSIONS = ['apiserver.k8s.io/v1beta1', 'apiserver.k8s.io/v1alpha1'];

/** A file that is no EgressSelectorConfiguration. */
export class EgressConfigurationError extends Error {
  override name = 'EgressConfigurationError';
}

/**
 * Reads an EgressSelectorConfiguration strictly: YAML or JSON, with no field that is unknown or stands twice
 * (apiserver/pkg/server/egressselector/config.go).
 * @param warnings receives a line for what is deprecated.
 * @throws EgressConfigurationError, in upstream's words.
 */
export function readEgressSelectorConfiguration(
  path: string,
  warnings: string[],
): EgressSelectorConfiguration {
  const { value, duplicates } = parsed(path);
  checkTypeMeta(value, warnings);
  const faults = [...duplicates];
  const configuration = decoded(value, faults);
  if (faults.length > 0) throw new EgressConfigurationError(`strict decoding error: ${faults.join(', ')}`);
  const { egressSelections } = configuration;
  return {
    ...configuration,
    egressSelections: egressSelections?.map((each) => renamed(each, warnings)) ?? [],
  };
}

function parsed(path: string): ReturnType<typeof parseYaml> {
  try {
    return parseYaml(readFileSync(path));
  } catch (cause) {
    if (cause instanceof BodySyntaxError)
      throw new EgressConfigurationError(`couldn't get version/kind; ${cause.message}`, { cause });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EgressConfigurationError(
      `unable to read egress selector configuration from ${JSON.stringify(path)} [${why}]`,
      { cause },
    );
  }
}

function checkTypeMeta(value: unknown, warnings: string[]): void {
  const { apiVersion, kind } = (value ?? {}) as { apiVersion?: unknown; kind?: unknown };
  const missing = [!kind && 'Kind', !apiVersion && 'apiVersion'].find(Boolean);
  if (missing) throw new EgressConfigurationError(`Object '${missing}' is missing`);
  if (kind !== KIND || !VERSIONS.includes(apiVersion as string))
    throw new EgressConfigurationError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}; expected ${KIND} of ${VERSIONS[0]}`,
    );
  if (apiVersion !== VERSIONS[0]) warnings.push(`${apiVersion} ${KIND} is deprecated, use ${VERSIONS[0]}`);
}

function decoded(value: unknown, faults: string[]): EgressSelectorConfiguration {
  try {
    return decodeObject(EgressSelectorConfigurationSchema, value, faults) as EgressSelectorConfiguration;
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new EgressConfigurationError(cause.message, { cause });
  }
}

/** What was called a master is the control plane. */
function renamed(selection: EgressSelection, warnings: string[]): EgressSelection {
  if (selection.name !== 'master') return selection;
  warnings.push('egressSelection "master" is deprecated, use "controlplane"');
  return { ...selection, name: 'controlplane' };
}
