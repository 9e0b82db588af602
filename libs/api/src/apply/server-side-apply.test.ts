import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../json-object.ts';
import { deployments } from '../kinds/apps/deployment.ts';
import { configMaps } from '../kinds/core/config-map.ts';
import { pods } from '../kinds/core/pod.ts';
import type { ManagedFieldsEntry } from '../kinds/meta/object-meta.ts';
import type { Kind } from '../schema/kind.ts';
import { applyFaults, faultsText } from './apply-faults.ts';
import { objectTypeOf } from './apply-type.ts';
import { FieldSet } from './field-set.ts';
import { ignoredFields } from './ignored-fields.ts';
import { LAST_APPLIED } from './last-applied.ts';
import { serverSideApply } from './server-side-apply.ts';

const NOW = '2026-01-01T00:00:00Z';

interface Options {
  readonly force?: boolean;
  readonly subresource?: string;
}

function apply(kind: Kind, manager: string, config: object, live?: JsonObject, options: Options = {}) {
  const { force = false, subresource = '' } = options;
  return serverSideApply(kind, {
    config: { apiVersion: kind.apiVersion, kind: kind.kind, ...config },
    live,
    ignored: ignoredFields(kind, subresource),
    manager,
    apiVersion: kind.apiVersion,
    subresource,
    force,
    now: NOW,
  });
}

const managedFieldsOf = (object: JsonObject) =>
  (object['metadata'] as { managedFields: ManagedFieldsEntry[] }).managedFields;

const container = (name: string, more: object = {}) => ({ name, image: 'i', ...more });
const pod = (...containers: object[]) => ({ spec: { containers } });
/** As decoding gives it. */
const stored = (name: string) => ({ ...container(name), resources: {} });
const containersOf = (object: JsonObject) =>
  (object['spec'] as { containers: (JsonObject & { name: string })[] }).containers;
const namesOf = (object: JsonObject) => containersOf(object).map(({ name }) => name);

describe('an item that is applied no more', () => {
  test('goes, with what nobody owns in it', () => {
    const live = apply(pods, 'one', pod(container('a'), container('b')));
    expect(namesOf(apply(pods, 'one', pod(container('a')), live))).toEqual(['a']);
  });

  test('stays while another applies it, without what only the first did', () => {
    const first = apply(pods, 'one', pod(container('a'), container('b', { tty: true })));
    const both = apply(pods, 'two', pod(container('b')), first);
    const left = apply(pods, 'one', pod(container('a')), both);
    expect(containersOf(left)).toEqual([stored('a'), stored('b')]);
  });

  test('stays while another owns something in it', () => {
    const first = apply(pods, 'one', pod(container('a'), container('b')));
    const both = apply(pods, 'two', { spec: { containers: [{ name: 'b', tty: true }] } }, first);
    const left = apply(pods, 'one', pod(container('a')), both);
    expect(containersOf(left)).toEqual([stored('a'), { name: 'b', tty: true, resources: {} }]);
  });
});

test('who forces a field takes it, and its former owner does not remove it any more', () => {
  const first = apply(configMaps, 'one', { data: { a: '1', b: '1' } });
  const taken = apply(configMaps, 'two', { data: { a: '2' } }, first, { force: true });
  expect(apply(configMaps, 'one', { data: { b: '1' } }, taken)['data']).toEqual({ a: '2', b: '1' });
});

test('false and nothing conflict with what another has', () => {
  const live = apply(pods, 'one', { spec: { hostNetwork: true, tolerations: [{ key: 'a' }] } });
  for (const [field, value] of [
    ['hostNetwork', false],
    ['tolerations', []],
    ['tolerations', null],
  ] as const)
    expect(() => apply(pods, 'two', { spec: { [field]: value } }, live)).toThrow(
      `conflict with "one": .spec.${field}`,
    );
});

test('quantities that say the same do not conflict, however they are written', () => {
  const limited = (cpu: string) => pod(container('a', { resources: { limits: { cpu } } }));
  const live = apply(pods, 'one', limited('1'));
  expect(() => apply(pods, 'two', limited('1000m'), live)).not.toThrow();
  expect(() => apply(pods, 'two', limited('1001m'), live)).toThrow('.resources.limits.cpu');
});

test('a manager that applies nothing is none', () => {
  const live = apply(configMaps, 'one', { data: { a: '1' } });
  const left = apply(configMaps, 'one', {}, live);
  expect(left['data'] ?? null).toBeNull();
  expect((left['metadata'] as JsonObject)['managedFields']).toBeUndefined();
});

test('who applies by another subresource is another', () => {
  const live = apply(deployments, 'one', { spec: { replicas: 1 }, status: { replicas: 7 } });
  const both = apply(deployments, 'one', { spec: { replicas: 3 }, status: { replicas: 1 } }, live, {
    subresource: 'status',
  });
  expect(managedFieldsOf(both).map(({ fieldsV1, subresource }) => ({ fieldsV1, subresource }))).toEqual([
    { fieldsV1: { 'f:spec': { 'f:replicas': {} } }, subresource: undefined },
    { fieldsV1: { 'f:status': { 'f:replicas': {} } }, subresource: 'status' },
  ]);
});

describe('of an object that kubectl applied from the client’s side', () => {
  const lastApplied = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data: { a: '1', b: '1' },
  };
  const live = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', annotations: { [LAST_APPLIED]: JSON.stringify(lastApplied) } },
    data: { a: '1', b: '2', c: '3' },
  };
  const managers = (object: JsonObject) =>
    Object.fromEntries(
      managedFieldsOf(object).map(({ manager, fieldsV1 }) => [manager, fieldsV1?.['f:data']]),
    );

  test('what it applied and still is so is its own, the rest nobody’s', () => {
    expect(managers(apply(configMaps, 'one', { data: { a: '1' } }, live))).toEqual({
      one: { 'f:a': {} },
      'before-first-apply': { '.': {}, 'f:b': {}, 'f:c': {} },
      'kubectl-client-side-apply': { 'f:a': {} },
    });
  });

  test('kubectl takes over what it applied, and no one else does', () => {
    const config = { metadata: { name: 'a' }, data: { a: '9' } };
    const taken = apply(configMaps, 'kubectl', config, live);
    expect(taken['data']).toEqual({ a: '9', b: '2', c: '3' });
    const { annotations } = taken['metadata'] as { annotations: Record<string, string> };
    expect(annotations[LAST_APPLIED]).toBe(
      '{"apiVersion":"v1","data":{"a":"9"},"kind":"ConfigMap","metadata":{"name":"a"}}\n',
    );
    expect(() => apply(configMaps, 'one', config, live)).toThrow(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.a',
    );
    expect(() => apply(configMaps, 'kubectl', { data: { a: '9', b: '9' } }, live)).toThrow(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.b',
    );
  });

  test('an annotation that cannot be read is one like others', () => {
    const deep = `{"apiVersion":"v1","data":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_001)}`;
    for (const text of ['{', '[]', '1', deep]) {
      const metadata = { name: 'a', annotations: { [LAST_APPLIED]: text } };
      expect(managers(apply(configMaps, 'one', { data: {} }, { ...live, metadata }))).toEqual({
        'before-first-apply': { '.': {}, 'f:a': {}, 'f:b': {}, 'f:c': {} },
        one: {},
      });
    }
  });
});

test('more than anyone could keep is refused', () => {
  const data = Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`k${i}`, '']));
  expect(() => apply(configMaps, 'one', { data })).toThrow('Request entity too large');
});

describe('a configuration at fault', () => {
  const faultsOf = (config: object) => applyFaults(objectTypeOf(pods.schema), config);
  const cases: { name: string; config: object; faults: string[] }[] = [
    {
      name: 'has fields that the table does not',
      config: { spec: { containers: [{ name: 'a', x: 1 }], y: null } },
      faults: [
        '.spec.containers[name="a"].x: field not declared in schema',
        '.spec.y: field not declared in schema',
      ],
    },
    {
      name: 'has values of the wrong type',
      config: { metadata: 1, spec: { containers: {}, hostNetwork: 'a', priority: 'a', nodeName: [] } },
      faults: [
        '.metadata: expected map, got number',
        '.spec.containers: expected list, got map',
        '.spec.hostNetwork: expected boolean, got string',
        '.spec.priority: expected numeric (int or float), got string',
        '.spec.nodeName: expected string, got list',
      ],
    },
    {
      name: 'has items that cannot be told apart',
      config: {
        metadata: { finalizers: ['a', 'a', null] },
        spec: { containers: [container('a'), container('a'), { image: 'i' }], tolerations: [{ x: 1 }] },
      },
      faults: [
        '.metadata.finalizers: duplicate entries for key [="a"]',
        ".metadata.finalizers: element 2: associative list without keys has an element that's an explicit null",
        '.spec.containers: duplicate entries for key [name="a"]',
        '.spec.containers: element 2: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
        '.spec.tolerations[0].x: field not declared in schema',
      ],
    },
    { name: 'and one that is none', config: { spec: null, metadata: { labels: null } }, faults: [] },
  ];
  for (const { name, config, faults } of cases)
    test(name, () => {
      expect(faultsOf(config)).toEqual(faults);
    });

  test('is told in one message', () => {
    expect(faultsText(['a'])).toBe('a');
    expect(faultsText(['a', 'b'])).toBe('errors:\n  a\n  b');
  });
});

test('nothing is ignored of a kind without status', () => {
  expect(ignoredFields(configMaps, '')).toBe(FieldSet.EMPTY);
});
