import { describe, expect, test } from 'bun:test';
import type { AnyKind } from './all-kinds.ts';
import { certificateSigningRequests } from './certificates/certificate-signing-request.ts';
import { humanDuration } from './columns.ts';
import { leases } from './coordination/lease.ts';
import { endpoints } from './core/endpoints.ts';
import { type Event, events } from './core/event.ts';
import { nodes } from './core/node.ts';
import { services } from './core/service.ts';
import { eventsV1EventOf } from './events/event-conversion.ts';
import { eventsV1Events } from './events/events-v1-event.ts';
import { roleBindings } from './rbac/role-binding.ts';

const NOW = new Date('2024-05-01T12:00:00Z');
const creationTimestamp = '2024-05-01T11:00:00Z';
const row = (kind: AnyKind, object: object) =>
  Object.fromEntries(kind.columns.map((column) => [column.name, column.value(object as never, NOW)]));

describe('humanDuration', () => {
  const cases: [seconds: number, text: string][] = [
    [-5, '<invalid>'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [121, '2m1s'],
    [600, '10m'],
    [3 * 3600 - 1, '179m'],
    [3 * 3600 + 60, '3h1m'],
    [8 * 3600, '8h'],
    [48 * 3600, '2d'],
    [49 * 3600, '2d1h'],
    [8 * 86400, '8d'],
    [731 * 86400, '2y1d'],
  ];
  for (const [seconds, text] of cases)
    test(`prints ${seconds} s as ${text}`, () => expect(humanDuration(seconds * 1000)).toBe(text));
});

describe('columns', () => {
  test('of a node tell readiness, cordon, roles and addresses', () => {
    const node = {
      metadata: {
        name: 'n',
        creationTimestamp,
        labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'Unknown' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: { kubeletVersion: 'v1.36.0' },
      },
    };
    expect(row(nodes, node)).toMatchObject({
      Status: 'NotReady,SchedulingDisabled',
      Roles: 'edge,worker',
      Age: '60m',
      Version: 'v1.36.0',
      'Internal-IP': '10.0.0.1',
      'External-IP': '<none>',
      'OS-Image': '<unknown>',
    });
  });

  test('of a signing request tell its fate in order of weight', () => {
    const request = {
      metadata: { name: 'r', creationTimestamp },
      spec: { signerName: 'example.com/s', username: 'u', expirationSeconds: 3600 },
      status: { conditions: [{ type: 'Approved' }, { type: 'Failed' }], certificate: 'eA==' },
    };
    expect(row(certificateSigningRequests, request)).toMatchObject({
      SignerName: 'example.com/s',
      Requestor: 'u',
      RequestedDuration: '60m',
      Condition: 'Approved,Failed,Issued',
    });
    expect(row(certificateSigningRequests, { ...request, status: {} })['Condition']).toBe('Pending');
  });

  test('of a lease leave out a holder that is not there', () => {
    expect(row(leases, { metadata: { name: 'l', creationTimestamp } })).toEqual({ Holder: '', Age: '60m' });
  });

  test('of a binding sort its subjects by kind', () => {
    const binding = {
      metadata: { name: 'b', creationTimestamp },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's', namespace: 'ns' },
        { kind: 'User', name: 'v' },
      ],
    };
    expect(row(roleBindings, binding)).toMatchObject({
      Role: 'ClusterRole/view',
      Users: 'u, v',
      Groups: '',
      ServiceAccounts: 'ns/s',
    });
  });

  test('of a Service tell addresses and ports', () => {
    const service = {
      metadata: { name: 's', creationTimestamp },
      spec: {
        type: 'LoadBalancer',
        clusterIPs: ['10.96.0.9'],
        ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
      },
    };
    expect(row(services, service)).toMatchObject({
      'Cluster-IP': '10.96.0.9',
      'External-IP': '<pending>',
      'Port(s)': '80:30080/TCP',
      Selector: '<none>',
    });
  });

  test('of Endpoints show three addresses and count the rest', () => {
    const subsets = [{ addresses: ['1', '2', '3', '4'].map((ip) => ({ ip })), ports: [{ port: 80 }] }];
    expect(row(endpoints, { metadata: { name: 'e', creationTimestamp }, subsets })['Endpoints']).toBe(
      '1:80,2:80,3:80 + 1 more...',
    );
  });
});

describe('event columns', () => {
  const event: Event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'ns' },
    involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{c}' },
    reason: 'Started',
    message: ' done\n',
    type: 'Normal',
    firstTimestamp: '2024-05-01T11:00:00Z',
    lastTimestamp: '2024-05-01T11:59:00Z',
    count: 3,
    source: { component: 'kubelet', host: 'n' },
  };

  test('tell an event of an older client', () => {
    expect(row(events, event)).toEqual({
      'Last Seen': '60s',
      Type: 'Normal',
      Reason: 'Started',
      Object: 'pod/p',
      Subobject: 'spec.containers{c}',
      Source: 'kubelet, n',
      Message: 'done',
      'First Seen': '60m',
      Count: 3,
      Name: 'e',
    });
  });

  test('are the same in both groups', () => {
    expect(row(eventsV1Events, eventsV1EventOf(event))).toEqual(row(events, event));
  });

  test('take the time and count of a series', () => {
    const series = { count: 7, lastObservedTime: '2024-05-01T11:59:30.000000Z' };
    expect(row(events, { ...event, count: undefined, series })).toMatchObject({
      'Last Seen': '30s',
      Count: 7,
    });
  });

  test('count a single event of a newer client once', () => {
    const single = {
      ...event,
      firstTimestamp: undefined,
      lastTimestamp: undefined,
      count: undefined,
      eventTime: '2024-05-01T11:59:00.000000Z',
    };
    expect(row(events, single)).toMatchObject({ 'Last Seen': '60s', 'First Seen': '60s', Count: 1 });
  });
});
