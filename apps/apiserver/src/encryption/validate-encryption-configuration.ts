import { type FieldError, forbiddenField, invalidValue, required } from '@hawser/api';
import type {
  EncryptionConfiguration,
  KeyConfiguration,
  ProviderConfiguration,
} from './encryption-configuration.ts';
import { isAnything, nameOf, parseGroupResource } from './group-resource.ts';

const AES_KEY_BYTES = [16, 24, 32];
const SECRETBOX_KEY_BYTES = [32];
const NOT_STORED = ['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations'];
const PROVIDERS = ['kms', 'aesgcm', 'aescbc', 'secretbox', 'identity'] as const;

/** What is wrong with a configuration, in upstream's words (apiserver/pkg/apis/apiserver/validation). */
export function validateEncryptionConfiguration({ resources = [] }: EncryptionConfiguration): FieldError[] {
  if (resources.length === 0) return [required('resources', 'at least one resources is required')];
  return resources.flatMap(({ resources: names = [], providers = [] }, i) => [
    ...atLeastOne(`resources[${i}].resources`, names),
    ...overlapFaults(`resources[${i}].resources`, names),
    ...names.flatMap((name, j) => nameFaults(`resources[${i}].resources[${j}]`, name)),
    ...atLeastOne(`resources[${i}].providers`, providers),
    ...providers.flatMap((provider, j) => providerFaults(`resources[${i}].providers[${j}]`, provider)),
  ]);
}

function atLeastOne(path: string, list: readonly unknown[]): FieldError[] {
  return list.length === 0 ? [required(path, `at least one ${path} is required`)] : [];
}

function overlapFaults(path: string, names: readonly string[]): FieldError[] {
  const parsed = names.map(parseGroupResource);
  const distinct = new Map(parsed.map((each) => [nameOf(each), each]));
  const faults: FieldError[] = [];
  if (distinct.size < names.length)
    faults.push(invalidValue(path, names, 'the same resource cannot be specified multiple times'));
  const all = [...distinct.values()];
  const overlaps = all.some(
    (each) =>
      (isAnything(each) && all.length > 1) ||
      (each.resource === '*' && all.some((other) => other !== each && other.group === each.group)),
  );
  if (overlaps)
    faults.push(
      invalidValue(
        path,
        names,
        "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked",
      ),
    );
  return faults;
}

/** The first thing that is wrong with one name. */
function nameFaults(path: string, name: string): FieldError[] {
  const detail = nameFault(name);
  return detail === undefined ? [] : [invalidValue(path, name, detail)];
}

function nameFault(name: string): string | undefined {
  const { group, resource } = parseGroupResource(name);
  if (name.toLowerCase() !== name) return 'resource name should not contain capital letters';
  if (name === '*')
    return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources";
  if (NOT_STORED.includes(name)) return 'resources which do not have REST API/s cannot be encrypted';
  if (group === 'events.k8s.io')
    return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file";
  if (group === 'extensions') return "'extensions' group has been removed and cannot be used for encryption";
  if (group === '*' && resource !== '*') return 'encrypting the same resource across groups is not supported';
  return undefined;
}

function providerFaults(path: string, provider: ProviderConfiguration): FieldError[] {
  const given = PROVIDERS.filter((name) => provider[name] !== undefined);
  const faults: FieldError[] = [];
  // Upstream prints the provider, keys and all.
  if (given.length === 0)
    return [
      invalidValue(
        path,
        'REDACTED',
        'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity',
      ),
    ];
  if (given.length > 1)
    faults.push(
      invalidValue(
        path,
        'REDACTED',
        'more than one provider specified in a single element, should split into different list elements',
      ),
    );
  switch (given[0]) {
    case 'kms':
      faults.push(
        forbiddenField(
          `${path}.kms`,
          'KMS plugins are not supported; use aesgcm, secretbox, aescbc or identity',
        ),
      );
      break;
    case 'aesgcm':
    case 'aescbc':
      faults.push(...keysFaults(`${path}.${given[0]}.keys`, provider[given[0]]?.keys, AES_KEY_BYTES));
      break;
    case 'secretbox':
      faults.push(...keysFaults(`${path}.secretbox.keys`, provider.secretbox?.keys, SECRETBOX_KEY_BYTES));
  }
  return faults;
}

function keysFaults(
  path: string,
  keys: readonly KeyConfiguration[] = [],
  sizes: readonly number[],
): FieldError[] {
  if (keys.length === 0) return [required(path, 'at least one keys is required')];
  return keys.flatMap((key, i) => keyFaults(`${path}[${i}]`, key, sizes));
}

function keyFaults(
  path: string,
  { name = '', secret = '' }: KeyConfiguration,
  sizes: readonly number[],
): FieldError[] {
  const faults: FieldError[] = [];
  if (name === '') faults.push(required(`${path}.name`, 'name is a mandatory field for a key'));
  // Upstream takes it, and reads values back under the wrong key.
  if (name.includes(':')) faults.push(invalidValue(`${path}.name`, name, "must not contain ':'"));
  if (secret === '') return [...faults, required(`${path}.secret`, 'secret is a mandatory field for a key')];
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret))
    return [...faults, invalidValue(`${path}.secret`, 'REDACTED', 'secrets must be base64 encoded')];
  const { length } = Buffer.from(secret, 'base64');
  if (!sizes.includes(length))
    faults.push(
      invalidValue(
        `${path}.secret`,
        'REDACTED',
        `secret is not of the expected length, got ${length}, expected one of [${sizes.join(' ')}]`,
      ),
    );
  return faults;
}
