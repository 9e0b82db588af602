import { type FieldError, forbiddenField, invalidValue, required, type Volume } from '@hawser/api';
import { nonReservedPathFaults } from '../paths.ts';
import { downwardFileFaults, itemFaults } from './volume-faults.ts';

type Projected = NonNullable<Volume['projected']>;
type Source = NonNullable<Projected['sources']>[number];

const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

/** Faults of several sources in one directory (validateProjectionSources). */
export function projectedFaults(at: string, { sources = [] }: Projected): FieldError[] {
  const taken = new Set<string>();
  return sources.flatMap((source, i) => {
    const path = `${at}.sources[${i}]`;
    const faults = [
      ...keyedFaults(at, `${path}.secret`, source.secret, taken),
      ...keyedFaults(at, `${path}.configMap`, source.configMap, taken),
      ...downwardFaults(at, `${path}.downwardAPI`, source.downwardAPI, taken),
      ...tokenFaults(at, `${path}.serviceAccountToken`, source.serviceAccountToken),
      ...trustFaults(at, `${path}.clusterTrustBundle`, source.clusterTrustBundle, taken),
    ];
    if (Object.values(source).filter((value) => value !== undefined).length > 1)
      faults.push(forbiddenField(path, 'may not specify more than 1 volume type per source'));
    return faults;
  });
}

/** Told of the volume, not of the source, as upstream does. */
function takeFaults(at: string, told: string, path: string | undefined, taken: Set<string>): FieldError[] {
  if (!path) return [];
  const repeats = taken.has(path);
  taken.add(path);
  return repeats ? [invalidValue(at, told, 'conflicting duplicate paths')] : [];
}

function keyedFaults(
  volume: string,
  at: string,
  source: Source['secret'] | Source['configMap'],
  taken: Set<string>,
): FieldError[] {
  if (source === undefined) return [];
  const { name = '', items = [] } = source;
  return [
    ...(name === '' ? [required(`${at}.name`)] : []),
    ...itemFaults(`${at}.items`, items),
    ...items.flatMap(({ path }) => takeFaults(volume, name, path, taken)),
  ];
}

function downwardFaults(
  volume: string,
  at: string,
  source: Source['downwardAPI'],
  taken: Set<string>,
): FieldError[] {
  return (source?.items ?? []).flatMap((file) => [
    ...downwardFileFaults(at, file),
    ...takeFaults(volume, file.path ?? '', file.path, taken),
  ]);
}

function tokenFaults(volume: string, at: string, token: Source['serviceAccountToken']): FieldError[] {
  if (token === undefined) return [];
  const { expirationSeconds = 0, path } = token;
  const faults: FieldError[] = [];
  if (expirationSeconds < MIN_TOKEN_SECONDS)
    faults.push(
      invalidValue(
        `${at}.expirationSeconds`,
        expirationSeconds,
        'may not specify a duration less than 10 minutes',
      ),
    );
  if (expirationSeconds > MAX_TOKEN_SECONDS)
    faults.push(
      invalidValue(
        `${at}.expirationSeconds`,
        expirationSeconds,
        'may not specify a duration larger than 2^32 seconds',
      ),
    );
  faults.push(...(path ? nonReservedPathFaults(`${volume}.path`, path) : [required(`${volume}.path`)]));
  return faults;
}

function trustFaults(
  volume: string,
  at: string,
  bundle: Source['clusterTrustBundle'],
  taken: Set<string>,
): FieldError[] {
  if (bundle === undefined) return [];
  const { name, signerName, labelSelector, path = '' } = bundle;
  const faults: FieldError[] = [];
  if (name !== undefined && signerName !== undefined)
    faults.push(invalidValue(at, bundle, 'only one of name and signerName may be used'));
  else if (name === undefined && signerName === undefined)
    faults.push(required(at, 'either name or signerName must be specified'));
  else if (name !== undefined && labelSelector !== undefined)
    faults.push(
      invalidValue(`${at}.labelSelector`, labelSelector, 'labelSelector must be unset if name is specified'),
    );
  if (path === '') faults.push(required(`${at}.path`));
  return [...faults, ...nonReservedPathFaults(`${at}.path`, path), ...takeFaults(volume, path, path, taken)];
}
