import { expect } from 'bun:test';
import fc from 'fast-check';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectJson } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const APPLY = 'application/apply-patch+yaml';
/** Always the same, so that a failure comes again; another finds other things. */
const SEED = 1018;
const RUNS = 600;

const NAMES = ['metadata', 'labels', 'annotations', 'finalizers', 'ownerReferences', 'managedFields', 'name'];
const SPEC = [
  'spec',
  'status',
  'containers',
  'ports',
  'env',
  'tolerations',
  'template',
  'selector',
  'replicas',
];
const names = fc.constantFrom(...NAMES, ...SPEC, '0', 'data', 'x', '__proto__', 'constructor');
const values = fc.oneof(
  fc.constantFrom<unknown>(null, [], {}, '', 0, false, [null], [{}], { a: null }, [[]], ['a', 'a']),
  fc.constantFrom<unknown>([{ name: 'a' }], [{ name: 'a' }, { name: 'a' }], [{ containerPort: 1 }]),
  fc.constantFrom<unknown>(
    [{}],
    [{ manager: 'm', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1' }],
  ),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
);
const changes = fc.array(fc.tuple(fc.array(names, { minLength: 1, maxLength: 4 }), values), { maxLength: 5 });

const bases: readonly { path: string; config: object }[] = [
  {
    path: 'api/v1/NAMESPACE/configmaps/a',
    config: { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } },
  },
  {
    path: 'api/v1/NAMESPACE/pods/a',
    config: { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
  {
    path: 'apis/apps/v1/NAMESPACE/deployments/a',
    config: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: {
        replicas: 1,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    },
  },
  {
    path: 'apis/apps/v1/NAMESPACE/deployments/a/scale',
    config: { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 2 } },
  },
];

function changed(object: object, [first, ...rest]: readonly string[], value: unknown): void {
  const fields = object as Record<string, unknown>;
  const next = Object.hasOwn(fields, first!) ? fields[first!] : undefined;
  if (rest.length > 0 && typeof next === 'object' && next !== null) changed(next, rest, value);
  else Object.defineProperty(fields, first!, { value, enumerable: true, writable: true, configurable: true });
}

const requests = fc.record({
  base: fc.constantFrom(...bases),
  changes,
  type: fc.constantFrom(APPLY, APPLY, APPLY, 'application/merge-patch+json'),
  subresource: fc.constantFrom('', '', '/status'),
  manager: fc.constantFrom('one', 'two', 'kubectl'),
  force: fc.boolean(),
});

hub.test(
  'configurations that are nearly right are applied or refused, and none is an error of the hub’s',
  async (cluster) => {
    const namespace = `namespaces/${await cluster.namespace()}`;
    const codes = new Set<number>();
    await fc.assert(
      fc.asyncProperty(requests, async ({ base, changes: edits, type, subresource, manager, force }) => {
        const config = { metadata: { name: 'a' }, ...structuredClone(base.config) };
        for (const [path, value] of edits) changed(config, path, value);
        const query = `fieldManager=${manager}${type === APPLY ? `&force=${force}` : ''}`;
        const place = `/${base.path.replace('NAMESPACE', namespace)}${base.path.endsWith('scale') ? '' : subresource}`;
        const answer = await cluster.admin.patch(`${place}?${query}`, type, JSON.stringify(config));
        codes.add(answer.status);
        if (answer.status >= 500) throw new Error(`${answer.status}: ${answer.text.slice(0, 500)}`);
      }),
      { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 30_000 },
    );
    for (const code of [200, 201, 400, 409, 422]) expect([...codes]).toContain(code);
  },
);

hub.test('managedFields of whatever content do no harm', async (cluster) => {
  const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps/a`;
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '1' } };
  const apply = () => cluster.admin.patch(`${path}?fieldManager=one&force=true`, APPLY, config);
  const fields: Json[] = [
    { 'k:{"a":1}': {} },
    { 'f:data': { 'f:__proto__': {}, 'f:constructor': { 'f:x': {} } } },
    { 'f:data': { '.': {}, 'v:"a"': {}, 'i:99999999999999999999': {} } },
    { [`k:{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`]: {} },
    { 'f:data': null },
    { 'f:data': 1 },
    { x: {} },
    { 'f:metadata': { 'f:name': {}, 'f:uid': {}, '.': {} }, 'f:apiVersion': {} },
  ];
  for (const fieldsV1 of fields) {
    expect((await apply()).status).toBeOneOf([200, 201]);
    const entry = { manager: 'm', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1 };
    const body = { metadata: { managedFields: [entry] }, data: { b: '2' } };
    expect((await cluster.admin.patch(path, 'merge', body)).status).toBeLessThan(500);
    expect((await apply()).status).toBe(200);
    expect(expectJson(await cluster.admin.get(path)).data.a).toBe('1');
  }
});
