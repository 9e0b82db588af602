import { describe, expect, test } from 'bun:test';
import { nodeOf, type PodSketch, pod, service } from './endpoints.testing.ts';
import { wantedSlices } from './wanted-slices.ts';

const http = { name: 'http', protocol: 'TCP', port: 8080 };

test('an endpoint says where its pod is and how it is', () => {
  expect(wantedSlices(service(), [pod('p')], nodeOf)).toEqual({
    groups: [
      {
        addressType: 'IPv4',
        ports: [http],
        endpoints: [
          {
            addresses: ['10.1.0.1'],
            conditions: { ready: true, serving: true, terminating: false },
            targetRef: { kind: 'Pod', namespace: 'a', name: 'p', uid: 'uid-p' },
            nodeName: 'node-1',
            zone: 'zone-of-node-1',
          },
        ],
      },
    ],
    withoutNode: [],
  });
});

describe('the conditions of a pod that', () => {
  const deleted = { deletionTimestamp: '2024-01-01T00:00:00Z' };
  const cases: { name: string; sketch: PodSketch; spec?: object; expected: object | undefined }[] = [
    {
      name: 'is not ready',
      sketch: { ready: false },
      expected: { ready: false, serving: false, terminating: false },
    },
    {
      name: 'is not ready, but published all the same',
      sketch: { ready: false },
      spec: { publishNotReadyAddresses: true },
      expected: { ready: true, serving: false, terminating: false },
    },
    {
      name: 'terminates and still serves',
      sketch: { metadata: deleted },
      expected: { ready: false, serving: true, terminating: true },
    },
    {
      name: 'terminates and no longer serves',
      sketch: { metadata: deleted, ready: false },
      expected: { ready: false, serving: false, terminating: true },
    },
    { name: 'has no address', sketch: { ip: '' }, expected: undefined },
    { name: 'has succeeded', sketch: { phase: 'Succeeded' }, expected: undefined },
    { name: 'has an address of another family', sketch: { ip: '2001:db8::1' }, expected: undefined },
  ];
  for (const { name, sketch, spec = {}, expected } of cases)
    test(name, () => {
      const { groups } = wantedSlices(service({ ...spec }), [pod('p', sketch)], nodeOf);
      expect(groups[0]?.endpoints[0]?.conditions).toEqual(expected as never);
    });
});

test('named ports are looked up in each pod, which parts pods whose ports differ', () => {
  const other = { containers: [{ name: 'c', ports: [{ name: 'web', containerPort: 9090 }] }] };
  const none = { containers: [{ name: 'c' }] };
  const { groups } = wantedSlices(
    service({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] }),
    [pod('a'), pod('b', { spec: other }), pod('c', { spec: none })],
    nodeOf,
  );
  expect(groups.map(({ ports, endpoints }) => [ports.map(({ port }) => port), endpoints.length])).toEqual([
    [[8080], 1],
    [[9090], 1],
    [[], 1],
  ]);
});

test('a port of a sidecar counts, one of an init container that ends does not', () => {
  const ports = [{ name: 'metrics', containerPort: 9 }];
  const withInit = (restartPolicy?: string) => ({
    containers: [{ name: 'c' }],
    initContainers: [{ name: 'i', ports, ...(restartPolicy ? { restartPolicy } : {}) }],
  });
  const metrics = service({ ports: [{ name: 'm', port: 80, targetPort: 'metrics' }] });
  const portsWith = (restartPolicy?: string) =>
    wantedSlices(metrics, [pod('p', { spec: withInit(restartPolicy) })], nodeOf).groups[0]!.ports;
  expect(portsWith('Always')).toEqual([{ name: 'm', protocol: 'TCP', port: 9 }]);
  expect(portsWith()).toEqual([]);
});

test('a pod whose node is not known is left out and named, unless its address is published at any rate', () => {
  const lost = pod('lost', { node: 'gone' });
  expect(wantedSlices(service(), [lost, pod('p')], nodeOf)).toMatchObject({
    groups: [{ endpoints: [{ targetRef: { name: 'p' } }] }],
    withoutNode: ['lost'],
  });
  const published = wantedSlices(service({ publishNotReadyAddresses: true }), [lost], nodeOf);
  expect(published.groups[0]!.endpoints).toHaveLength(1);
});

test('a pod of the Service’s subdomain keeps its host name', () => {
  const spec = { hostname: 'db-0', subdomain: 'web' };
  const named = wantedSlices(
    service(),
    [pod('p', { spec: { containers: [{ name: 'c' }], ...spec } })],
    nodeOf,
  );
  expect(named.groups[0]!.endpoints[0]!.hostname).toBe('db-0');
});

test.each<{ trafficDistribution: string; expected: object | undefined }>([
  { trafficDistribution: 'PreferClose', expected: { forZones: [{ name: 'zone-of-node-1' }] } },
  {
    trafficDistribution: 'PreferSameNode',
    expected: { forZones: [{ name: 'zone-of-node-1' }], forNodes: [{ name: 'node-1' }] },
  },
])('a preference of $trafficDistribution becomes hints', ({ trafficDistribution, expected }) => {
  const { groups } = wantedSlices(service({ trafficDistribution }), [pod('p')], nodeOf);
  expect(groups[0]!.endpoints[0]!.hints).toEqual(expected as never);
});
