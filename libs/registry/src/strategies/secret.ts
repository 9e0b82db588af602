import { type FieldError, invalidValue, required, type Secret, tooLong } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { immutabilityFaults, keyFaults, MAX_DATA_BYTES, sizeOf } from './config-map.ts';

type Data = Secret & Record<string, unknown>;

/** What must be there, by type (core/v1 `SecretType`). */
const REQUIRED_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
]);

export const secretStrategy: Strategy<Data> = {
  prepareForCreate: mergeStringData,

  prepareForUpdate(secret, old) {
    mergeStringData(secret);
    secret.type ??= old.type;
  },

  validate(secret) {
    const data = secret.data ?? {};
    const faults = keyFaults('data', data);
    if ((sizeOf(Object.values(data)) * 3) / 4 > MAX_DATA_BYTES) faults.push(tooLong('data', MAX_DATA_BYTES));
    for (const key of REQUIRED_KEYS.get(secret.type ?? '') ?? [])
      if (!Object.hasOwn(data, key)) faults.push(required(`data[${key}]`));
    return [...faults, ...typeFaults(secret, data)];
  },

  validateUpdate(secret, old) {
    const faults = immutabilityFaults(secret, old, ['data']);
    if (secret.type !== old.type) faults.push(invalidValue('type', secret.type, 'field is immutable'));
    return faults;
  },
};

/** `stringData` is for writing only: its values end up in `data`. */
function mergeStringData(secret: Data): void {
  if (secret.stringData === undefined) return;
  const encoded = Object.entries(secret.stringData).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
  delete secret.stringData;
}

function typeFaults(secret: Data, data: Readonly<Record<string, string>>): FieldError[] {
  switch (secret.type) {
    case 'kubernetes.io/service-account-token':
      return secret.metadata.annotations?.['kubernetes.io/service-account.name']
        ? []
        : [required('metadata.annotations[kubernetes.io/service-account.name]')];
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')];
    case 'kubernetes.io/basic-auth':
      return data['username'] === undefined && data['password'] === undefined
        ? [required('data[username]'), required('data[password]')]
        : [];
    case 'kubernetes.io/dockercfg':
    case 'kubernetes.io/dockerconfigjson': {
      const key = REQUIRED_KEYS.get(secret.type)![0]!;
      return data[key] === undefined || isJson(data[key])
        ? []
        : [invalidValue(`data[${key}]`, '<secret contents redacted>', 'must be valid JSON')];
    }
    default:
      return [];
  }
}

function isJson(base64: string): boolean {
  try {
    JSON.parse(Buffer.from(base64, 'base64').toString());
    return true;
  } catch {
    return false;
  }
}
