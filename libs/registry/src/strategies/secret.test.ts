import { describe, expect, test } from 'bun:test';
import { fieldErrorMessage, type Secret, secrets } from '@hawser/api';
import { strategyFor } from './strategy-for.ts';

type Given = Partial<Omit<Secret, 'data' | 'metadata'>> & {
  data?: Readonly<Record<string, string>>;
  annotations?: Record<string, string>;
};

/** Data in plain text, for reading. */
const secret = ({ data, annotations, ...rest }: Given): never =>
  ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace: 'ns', ...(annotations ? { annotations } : {}) },
    type: 'Opaque',
    ...(data && {
      data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, btoa(text)])),
    }),
    ...rest,
  }) as never;

const strategy = strategyFor(secrets);
const faultsOf = (given: Given) => (strategy.validate?.(secret(given)) ?? []).map(fieldErrorMessage);

const REDACTED = 'Invalid value: "<secret contents redacted>"';
const CONFIG_KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ACCOUNT = 'kubernetes.io/service-account.name';
const GO_MAP = 'Go value of type map[string]interface {}';
const MIB = 1024 * 1024;

const cases: readonly { name: string; given: Given; faults: readonly string[] }[] = [
  { name: 'Opaque: anything', given: { data: { any: '' } }, faults: [] },
  {
    name: 'Opaque: keys that could be no files',
    given: { data: { 'a/b': '', '..': '', '': '' } },
    faults: [
      `data[a/b]: Invalid value: "a/b": ${CONFIG_KEY}`,
      `data[..]: Invalid value: "..": must not be '..'`,
      `data[]: Invalid value: "": ${CONFIG_KEY}`,
    ],
  },
  { name: 'Opaque: 1 MiB', given: { data: { a: 'x'.repeat(MIB) } }, faults: [] },
  {
    name: 'Opaque: more than 1 MiB in all',
    given: { data: { a: 'x'.repeat(MIB), b: 'x' } },
    faults: ['data: Too long: may not be more than 1048576 bytes'],
  },
  { name: 'a type of somebody else', given: { type: 'example.com/own' }, faults: [] },
  {
    name: 'TLS: both halves',
    given: { type: 'kubernetes.io/tls' },
    faults: ['data[tls.crt]: Required value', 'data[tls.key]: Required value'],
  },
  {
    name: 'TLS: the key',
    given: { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
    faults: ['data[tls.key]: Required value'],
  },
  {
    name: 'TLS: whether they fit is not looked at',
    given: { type: 'kubernetes.io/tls', data: { 'tls.crt': 'x', 'tls.key': 'y' } },
    faults: [],
  },
  {
    name: 'SSH: the key',
    given: { type: 'kubernetes.io/ssh-auth', data: { other: 'x' } },
    faults: ['data[ssh-privatekey]: Required value'],
  },
  {
    name: 'SSH: a key that is not empty',
    given: { type: 'kubernetes.io/ssh-auth', data: { 'ssh-privatekey': '' } },
    faults: ['data[ssh-privatekey]: Required value'],
  },
  {
    name: 'basic authentication: one of both',
    given: { type: 'kubernetes.io/basic-auth' },
    faults: ['data[username]: Required value', 'data[password]: Required value'],
  },
  {
    name: 'basic authentication: which may be empty',
    given: { type: 'kubernetes.io/basic-auth', data: { password: '' } },
    faults: [],
  },
  {
    name: 'a registry, old form: its key',
    given: { type: 'kubernetes.io/dockercfg', data: { '.dockerconfigjson': '{}' } },
    faults: ['data[.dockercfg]: Required value'],
  },
  {
    name: 'a registry, old form: an object',
    given: { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': '[]' } },
    faults: [`data[.dockercfg]: ${REDACTED}: json: cannot unmarshal array into ${GO_MAP}`],
  },
  {
    name: 'a registry: its key',
    given: { type: 'kubernetes.io/dockerconfigjson' },
    faults: ['data[.dockerconfigjson]: Required value'],
  },
  {
    name: 'a registry: JSON',
    given: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'pass' } },
    faults: [`data[.dockerconfigjson]: ${REDACTED}: invalid character 'p' looking for beginning of value`],
  },
  {
    name: 'a registry: all of it',
    given: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': '{"auths":' } },
    faults: [`data[.dockerconfigjson]: ${REDACTED}: unexpected end of JSON input`],
  },
  {
    name: 'a registry',
    given: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': '{"auths":{}}' } },
    faults: [],
  },
  {
    name: "an account's token: whose",
    given: { type: 'kubernetes.io/service-account-token' },
    faults: [`metadata.annotations[${ACCOUNT}]: Required value`],
  },
  {
    name: "an account's token: the rest is the controller's",
    given: { type: 'kubernetes.io/service-account-token', annotations: { [ACCOUNT]: 'default' } },
    faults: [],
  },
  {
    name: 'a bootstrap token: nothing, as upstream',
    given: { type: 'bootstrap.kubernetes.io/token' },
    faults: [],
  },
];
describe('asks for', () => {
  test.each(cases)('$name', ({ given, faults }) => expect(faultsOf(given)).toEqual([...faults]));
});

const SEALED = 'field is immutable when `immutable` is set';
const changes: readonly { name: string; before: Given; after: Given; faults: readonly string[] }[] = [
  {
    name: 'the type',
    before: { type: 'kubernetes.io/tls' },
    after: {},
    faults: ['type: Invalid value: "Opaque": field is immutable'],
  },
  {
    name: 'what was sealed, nor the seal',
    before: { immutable: true, data: { a: '1' } },
    after: { type: 'example.com/other', data: { a: '2' } },
    faults: [
      'type: Invalid value: "example.com/other": field is immutable',
      `immutable: Forbidden: ${SEALED}`,
      `data: Forbidden: ${SEALED}`,
    ],
  },
  {
    name: 'a seal to false',
    before: { immutable: true },
    after: { immutable: false, data: {} },
    faults: [`immutable: Forbidden: ${SEALED}`],
  },
];
describe('does not let change', () => {
  test.each(changes)('$name', ({ before, after, faults }) => {
    const found = strategy.validateUpdate?.(secret(after), secret(before)) ?? [];
    expect(found.map(fieldErrorMessage)).toEqual([...faults]);
  });
});

test('what was not sealed may be sealed, and its labels changed after', () => {
  const sealed = secret({ immutable: true, data: { a: '1' }, annotations: { note: 'x' } });
  expect(strategy.validateUpdate?.(sealed, secret({ data: { a: '2' } }))).toEqual([]);
  expect(strategy.validateUpdate?.(sealed, secret({ immutable: true, data: { a: '1' } }))).toEqual([]);
});
