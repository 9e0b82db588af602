import { expect, test } from 'bun:test';
import type { Service } from '@hawser/api';
import { parseAddressRange, parsePortRange } from '@hawser/registry';
import { allocationFaults, byAge } from './allocation-faults.ts';

const ranges = { addresses: parseAddressRange('10.96.0.0/16'), ports: parsePortRange('30000-32767') };

const service = (
  name: string,
  creationTimestamp: string,
  clusterIP: string,
  ...nodePorts: number[]
): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'a', creationTimestamp },
  spec: {
    type: clusterIP === 'None' ? 'ClusterIP' : 'NodePort',
    clusterIP,
    clusterIPs: [clusterIP],
    ports: nodePorts.map((nodePort) => ({ port: nodePort, nodePort, protocol: 'TCP' })),
  },
});

test('the later of two that share, and what is out of range, are at fault', () => {
  const all = [
    service('late', '2024-01-02T00:00:00Z', '10.96.0.9', 30_001),
    service('early', '2024-01-01T00:00:00Z', '10.96.0.9', 30_001),
    service('stray', '2024-01-03T00:00:00Z', '10.1.0.9', 80),
    service('headless', '2024-01-04T00:00:00Z', 'None'),
  ];
  const faults = allocationFaults(byAge(all), ranges);
  expect(faults.map((fault) => [fault.service.metadata.name, fault.reason])).toEqual([
    ['late', 'ClusterIPAlreadyAllocated'],
    ['late', 'PortAlreadyAllocated'],
    ['stray', 'ClusterIPOutOfRange'],
    ['stray', 'PortOutOfRange'],
  ]);
});
