import { describe, expect, test } from 'bun:test';
import type { EndpointSubset } from '@hawser/api';
import { pod, service } from './endpoints.testing.ts';
import { wantedEndpoints } from './endpoints-controller.ts';
import { repackSubsets } from './repack-subsets.ts';
import { truncateSubsets, wantedSubsets } from './wanted-endpoints.ts';

const ref = (name: string) => ({ kind: 'Pod', namespace: 'a', name, uid: `uid-${name}` });
const ports = [{ name: 'http', protocol: 'TCP', port: 8080 }];

describe('an Endpoints object', () => {
  test('parts those that are ready from those that are not', () => {
    const all = [
      pod('b', { ip: '10.1.0.2' }),
      pod('a', { ip: '10.1.0.1' }),
      pod('c', { ip: '10.1.0.3', ready: false }),
    ];
    expect(wantedSubsets(service(), all)).toEqual([
      {
        addresses: [
          { ip: '10.1.0.1', nodeName: 'node-1', targetRef: ref('a') },
          { ip: '10.1.0.2', nodeName: 'node-1', targetRef: ref('b') },
        ],
        notReadyAddresses: [{ ip: '10.1.0.3', nodeName: 'node-1', targetRef: ref('c') }],
        ports,
      },
    ]);
  });

  test('has no pods that terminate, unless they are published at any rate', () => {
    const leaving = [pod('a', { metadata: { deletionTimestamp: '2024-01-01T00:00:00Z' }, ready: false })];
    expect(wantedSubsets(service(), leaving)).toEqual([]);
    expect(wantedSubsets(service({ publishNotReadyAddresses: true }), leaving)[0]!.addresses).toHaveLength(1);
  });

  test('of a headless Service may have no ports; of another, a pod without ports is left out', () => {
    const bare = { ports: undefined };
    expect(wantedSubsets(service({ ...bare, clusterIP: 'None' }), [pod('a')])).toEqual([
      { addresses: [{ ip: '10.1.0.1', nodeName: 'node-1', targetRef: ref('a') }] },
    ]);
    expect(wantedSubsets(service({ ports: [{ port: 80, targetPort: 'none' }] }), [pod('a')])).toEqual([]);
  });

  test('leaves out the name of a port that has none', () => {
    expect(wantedSubsets(service({ ports: [{ port: 80 }] }), [pod('a')])[0]!.ports).toEqual([
      { protocol: 'TCP', port: 80 },
    ]);
  });
});

test('repacking joins addresses with the same ports, and tells pods that share an address apart', () => {
  const [a, b] = [
    { ip: '10.1.0.1', targetRef: ref('a') },
    { ip: '10.1.0.1', targetRef: ref('b') },
  ];
  const port = (number: number) => ({ port: number, protocol: 'TCP' });
  const subsets: EndpointSubset[] = [
    { addresses: [b], ports: [port(81)] },
    { addresses: [a], ports: [port(80)] },
    { addresses: [b], ports: [port(80)] },
    { notReadyAddresses: [a], ports: [port(81)] },
  ];
  const packed = repackSubsets(subsets);
  expect(packed).toEqual([{ addresses: [a, b], ports: [port(80), port(81)] }]);
  expect(repackSubsets(packed)).toEqual(packed);
});

describe('what an object cannot hold', () => {
  const addresses = (count: number) => Array.from({ length: count }, (_, i) => ({ ip: `10.1.0.${i}` }));
  const counts = (subsets: readonly EndpointSubset[]) =>
    subsets.map((subset) => [subset.addresses?.length ?? 0, subset.notReadyAddresses?.length ?? 0]);

  test('is left out, first what is not ready', () => {
    const subsets = [{ addresses: addresses(6), notReadyAddresses: addresses(6) }];
    const cut = truncateSubsets(subsets, 10);
    expect([counts(cut.subsets), cut.truncated]).toEqual([[[6, 4]], true]);
  });

  test('is left out of each subset by its share', () => {
    const subsets = [
      { addresses: addresses(30) },
      { addresses: addresses(10), notReadyAddresses: addresses(9) },
    ];
    expect(counts(truncateSubsets(subsets, 20).subsets)).toEqual([
      [15, 0],
      [5, 0],
    ]);
  });

  test('is said in an annotation, as long as it is so', () => {
    const overCapacity = 'endpoints.kubernetes.io/over-capacity';
    const crowded = wantedEndpoints(service(), [{ addresses: addresses(1001) }], undefined);
    expect(crowded.subsets![0]!.addresses).toHaveLength(1000);
    expect(crowded.metadata.annotations).toEqual({ [overCapacity]: 'truncated' });
    const current = { apiVersion: 'v1', kind: 'Endpoints', ...crowded };
    const { metadata } = wantedEndpoints(service({}, { labels: { l: 'v' } }), [], current);
    expect(metadata.annotations).toEqual({});
    expect(metadata.labels).toEqual({ l: 'v', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' });
  });

  test('is nothing up to the bound', () => {
    const subsets = [{ addresses: addresses(6), notReadyAddresses: addresses(4) }];
    expect(truncateSubsets(subsets, 10)).toEqual({ subsets, truncated: false });
  });
});
