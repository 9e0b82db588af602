import { type FieldError, invalidValue, required, type Secret, tooLong } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { jsonObjectFault } from '../validation/go-json-fault.ts';
import { immutabilityFaults, keyFaults, MAX_DATA_BYTES, sizeOf } from './config-map.ts';

type Data = Secret & Record<string, unknown>;

/** What is said in place of a value. */
const REDACTED = '<secret contents redacted>';

export const secretStrategy: Strategy<Data> = {
  prepareForCreate: mergeStringData,

  prepareForUpdate(secret, old) {
    mergeStringData(secret);
    secret.type ??= old.type;
  },

  validate(secret) {
    const data = secret.data ?? {};
    const faults = keyFaults('data', data);
    if (sizeOf(Object.values(data), 'base64') > MAX_DATA_BYTES) faults.push(tooLong('data', MAX_DATA_BYTES));
    return [...faults, ...typeFaults(secret, data)];
  },

  validateUpdate(secret, old) {
    const faults = immutabilityFaults(secret, old, ['data']);
    return secret.type === old.type
      ? faults
      : [invalidValue('type', secret.type, 'field is immutable'), ...faults];
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

/** What a type asks for (core/v1 `SecretType`); of other types, bootstrap tokens among them, upstream asks nothing. */
function typeFaults({ type, metadata }: Secret, data: Readonly<Record<string, string>>): FieldError[] {
  const without = (key: string) => data[key] === undefined;
  switch (type) {
    case 'kubernetes.io/service-account-token':
      return metadata.annotations?.[ACCOUNT_NAME] ? [] : [required(`metadata.annotations[${ACCOUNT_NAME}]`)];
    case 'kubernetes.io/dockercfg':
      return registryFaults('.dockercfg', data);
    case 'kubernetes.io/dockerconfigjson':
      return registryFaults('.dockerconfigjson', data);
    case 'kubernetes.io/basic-auth':
      return without('username') && without('password')
        ? [required('data[username]'), required('data[password]')]
        : [];
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')];
    case 'kubernetes.io/tls':
      return ['tls.crt', 'tls.key'].filter(without).map((key) => required(`data[${key}]`));
    default:
      return [];
  }
}

const ACCOUNT_NAME = 'kubernetes.io/service-account.name';

function registryFaults(key: string, data: Readonly<Record<string, string>>): FieldError[] {
  const held = data[key];
  if (held === undefined) return [required(`data[${key}]`)];
  const fault = jsonObjectFault(Buffer.from(held, 'base64').toString());
  return fault === undefined ? [] : [invalidValue(`data[${key}]`, REDACTED, fault)];
}
