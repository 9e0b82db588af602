import { describe, expect, test } from 'bun:test';
import { configMaps, fieldErrorMessage, type Kind, leases, namespaces, nodes, pods } from '@hawser/api';
import { validateSchema } from '../validation/validate-schema.ts';
import { strategyFor } from './strategy-for.ts';

const whole = (kind: Kind, object: object) =>
  ({ apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: 'a' }, ...object }) as never;
const faultsOf = (kind: Kind, object: object) =>
  [
    ...validateSchema(kind.schema, whole(kind, object)),
    ...(strategyFor(kind).validate?.(whole(kind, object)) ?? []),
  ].map(fieldErrorMessage);
const changeFaults = (kind: Kind, before: object, after: object) =>
  (strategyFor(kind).validateUpdate?.(whole(kind, after), whole(kind, before)) ?? []).map(fieldErrorMessage);
const statusFaults = (kind: Kind, before: object, after: object) =>
  (strategyFor(kind).validateStatusUpdate?.(whole(kind, after), whole(kind, before)) ?? []).map(
    fieldErrorMessage,
  );

const CONFIG_KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

const cases: { name: string; kind: Kind; object: object; faults: string[] }[] = [
  {
    name: 'a ConfigMap with keys that cannot be files, and one in both',
    kind: configMaps,
    object: { data: { 'a b': '', '..': '', '..x': '', c: '' }, binaryData: { c: '' } },
    faults: [
      `data[a b]: Invalid value: "a b": ${CONFIG_KEY}`,
      `data[..]: Invalid value: "..": must not be '..'`,
      `data[..x]: Invalid value: "..x": must not start with '..'`,
      'data[c]: Invalid value: "c": duplicate of key present in binaryData',
    ],
  },
  {
    name: 'a ConfigMap of more than 1 MiB',
    kind: configMaps,
    object: { data: { a: 'x'.repeat(1_048_577) } },
    faults: ['[]: Too long: may not be more than 1048576 bytes'],
  },
  {
    name: 'a Node with taints, ranges and amounts that are none',
    kind: nodes,
    object: {
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoSchedule' },
          { key: '', effect: 'Never' },
          { key: 'b' },
        ],
        podCIDRs: ['10.0.0.0/24', '10.0.1.0/24', 'x'],
      },
      status: { capacity: { cpu: '-1', pods: '1500m' } },
    },
    faults: [
      'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair',
      'metadata.taints[2].key: Invalid value: "": name part must be non-empty',
      'metadata.taints[2].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'metadata.taints[3].effect: Required value',
      'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'status.capacity.pods: Invalid value: "1500m": must be an integer',
      'spec.podCIDRs[2]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24","x"]: may specify no more than one CIDR for each IP family',
    ],
  },
  {
    name: 'a Namespace that waits for nobody',
    kind: namespaces,
    object: { spec: { finalizers: ['kubernetes', 'hold', 'example.com/hold'] } },
    faults: [
      'spec.finalizers: Invalid value: "hold": name is neither a standard finalizer name nor is it fully qualified',
    ],
  },
  {
    name: 'a Lease',
    kind: leases,
    object: {
      spec: { leaseDurationSeconds: 0, leaseTransitions: -1, preferredHolder: 'x' },
    },
    faults: [
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
      'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
    ],
  },
];
describe('refuses', () => {
  test.each(cases)('$name', ({ kind, object, faults }) => expect(faultsOf(kind, object)).toEqual(faults));
});

const IMMUTABLE = 'field is immutable when `immutable` is set';
const changes: { name: string; kind: Kind; before: object; after: object; faults: string[] }[] = [
  {
    name: 'data that was sealed',
    kind: configMaps,
    before: { immutable: true, data: { a: '1' } },
    after: { data: { a: '2' }, binaryData: { b: 'YQ==' } },
    faults: [
      `immutable: Forbidden: ${IMMUTABLE}`,
      `data: Forbidden: ${IMMUTABLE}`,
      `binaryData: Forbidden: ${IMMUTABLE}`,
    ],
  },
  {
    name: 'what a Node was given once',
    kind: nodes,
    before: { spec: { podCIDRs: ['10.0.0.0/24'], providerID: 'a' } },
    after: { spec: { providerID: 'b', externalID: 'x' } },
    faults: [
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
      'spec.externalID: Forbidden: may not be updated',
    ],
  },
];
describe('does not let change', () => {
  test.each(changes)('$name', ({ kind, before, after, faults }) =>
    expect(changeFaults(kind, before, after)).toEqual(faults),
  );
});

const state = (running: boolean) => (running ? { running: {} } : { terminated: { exitCode: 0 } });
const ended = {
  spec: { restartPolicy: 'Never' },
  status: { containerStatuses: [{ name: 'c', state: state(false) }] },
};
const reports: { name: string; kind: Kind; before: object; after: object; faults: string[] }[] = [
  {
    name: 'a phase that does not follow from the deletion',
    kind: namespaces,
    before: {},
    after: { status: { phase: 'Terminating' } },
    faults: [
      'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ],
  },
  {
    name: 'that what ended for good runs again',
    kind: pods,
    before: ended,
    after: { ...ended, status: { containerStatuses: [{ name: 'c', state: state(true) }] } },
    faults: ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
  },
  {
    name: 'addresses of one family twice',
    kind: pods,
    before: { spec: {} },
    after: { spec: {}, status: { podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] } },
    faults: [
      'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
    ],
  },
  {
    name: 'an address twice',
    kind: nodes,
    before: {},
    after: {
      status: { addresses: Array(2).fill({ type: 'InternalIP', address: '10.0.0.1' }) },
    },
    faults: ['status.addresses[1]: Duplicate value: {"type":"InternalIP","address":"10.0.0.1"}'],
  },
];
describe('does not take reports of', () => {
  test.each(reports)('$name', ({ kind, before, after, faults }) =>
    expect(statusFaults(kind, before, after)).toEqual(faults),
  );
});
