import { describe, expect, test } from 'bun:test';
import type { Pod, ResourceQuota, ScopedResourceSelectorRequirement } from '@hawser/api';
import { tableOf } from './amounts.ts';
import { chargeOf } from './charge-quota.ts';
import { evaluatorFor } from './evaluators.ts';
import { measureUsage } from './measure-usage.ts';

const now = new Date('2026-01-01T00:00:00Z');
const pods = evaluatorFor('', 'pods')!;
const services = evaluatorFor('', 'services')!;
const claims = evaluatorFor('', 'persistentvolumeclaims')!;

const pod = (spec: object = {}, more: object = {}) =>
  ({ metadata: { name: 'p' }, spec: { containers: [], ...spec }, ...more }) as unknown as Pod;
const container = (name: string, requests: object, limits: object = {}, more: object = {}) => ({
  name,
  resources: { requests, limits },
  ...more,
});
const used = (object: object, evaluator = pods) => tableOf(evaluator.usage(object, now));

describe('what is used', () => {
  test('of a pod is what its containers take together, or an init container where that is more', () => {
    const spec = {
      containers: [
        container('a', { cpu: '100m', memory: '1Gi' }, { memory: '2Gi' }),
        container('b', { cpu: '1', 'ephemeral-storage': '1Gi' }),
      ],
      initContainers: [
        container('sidecar', { cpu: '200m' }, {}, { restartPolicy: 'Always' }),
        container('first', { cpu: '500m', memory: '3Gi', 'example.com/gpu': '2', 'hugepages-2Mi': '4Mi' }),
      ],
      overhead: { memory: '1Mi' },
    };
    expect(used(pod(spec))).toEqual({
      'count/pods': '1',
      pods: '1',
      cpu: '1300m',
      'requests.cpu': '1300m',
      memory: '3073Mi',
      'requests.memory': '3073Mi',
      'limits.memory': '2049Mi',
      'ephemeral-storage': '1Gi',
      'requests.ephemeral-storage': '1Gi',
      'requests.example.com/gpu': '2',
      'hugepages-2Mi': '4Mi',
      'requests.hugepages-2Mi': '4Mi',
    });
  });

  test('of a pod that has ended, or is stuck in ending, is the place where it is stored', () => {
    const spec = { containers: [container('a', { cpu: '1' })] };
    expect(used(pod(spec, { status: { phase: 'Failed' } }))).toEqual({ 'count/pods': '1' });
    const ending = (deletionTimestamp: string) =>
      pod(spec, { metadata: { name: 'p', deletionTimestamp, deletionGracePeriodSeconds: 30 } });
    expect(used(ending('2025-12-31T23:59:40Z'))).toMatchObject({ cpu: '1' });
    expect(used(ending('2025-12-31T23:59:00Z'))).toEqual({ 'count/pods': '1' });
  });

  test('of a Service are the node ports that it will be given', () => {
    const ports = [{ port: 80 }, { port: 443, nodePort: 30443 }];
    const service = (spec: object) => used({ metadata: {}, spec: { ports, ...spec } }, services);
    expect(service({ type: 'ClusterIP' })).toMatchObject({ services: '1', 'services.nodeports': '0' });
    expect(service({ type: 'NodePort' })).toMatchObject({
      'services.nodeports': '2',
      'services.loadbalancers': '0',
    });
    const balanced = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
    expect(service(balanced)).toMatchObject({ 'services.nodeports': '1', 'services.loadbalancers': '1' });
  });

  test('of a claim is also used of its class', () => {
    const spec = { storageClassName: 'gold', resources: { requests: { storage: '1Gi' } } };
    expect(used({ metadata: {}, spec, status: { allocatedResources: { storage: '2Gi' } } }, claims)).toEqual({
      'count/persistentvolumeclaims': '1',
      persistentvolumeclaims: '1',
      'requests.storage': '2Gi',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
      'gold.storageclass.storage.k8s.io/requests.storage': '2Gi',
    });
  });

  test('of whatever else is one, by its full name', () => {
    expect(used({}, evaluatorFor('apps', 'deployments'))).toEqual({ 'count/deployments.apps': '1' });
    expect(used({}, evaluatorFor('', 'secrets'))).toEqual({ 'count/secrets': '1', secrets: '1' });
    expect(evaluatorFor('', 'events')).toBeUndefined();
  });
});

describe('a scope', () => {
  const busy = { containers: [container('a', { cpu: '1' })] };
  const term = { topologyKey: 'zone', namespaceSelector: {} };
  const cases: { scope: string; operator?: string; values?: string[]; in: Pod; out: Pod }[] = [
    { scope: 'BestEffort', in: pod(), out: pod(busy) },
    { scope: 'NotBestEffort', in: pod(busy), out: pod() },
    { scope: 'Terminating', in: pod({ activeDeadlineSeconds: 0 }), out: pod() },
    { scope: 'NotTerminating', in: pod(), out: pod({ activeDeadlineSeconds: 5 }) },
    { scope: 'PriorityClass', in: pod({ priorityClassName: 'a' }), out: pod() },
    {
      scope: 'PriorityClass',
      operator: 'NotIn',
      values: ['a'],
      in: pod(),
      out: pod({ priorityClassName: 'a' }),
    },
    {
      scope: 'PriorityClass',
      operator: 'In',
      values: ['a'],
      in: pod({ priorityClassName: 'a' }),
      out: pod({ priorityClassName: 'b' }),
    },
    {
      scope: 'CrossNamespacePodAffinity',
      in: pod({
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
          },
        },
      }),
      out: pod({
        affinity: {
          podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] },
        },
      }),
    },
  ];
  for (const { scope, operator = 'Exists', values, ...of } of cases)
    test(`${scope} ${operator} ${values ?? ''}`, () => {
      const requirement: ScopedResourceSelectorRequirement = { scopeName: scope, operator, values };
      expect(pods.isInScope(of.in, requirement)).toBe(true);
      expect(pods.isInScope(of.out, requirement)).toBe(false);
      expect(services.isInScope(of.in, requirement)).toBe(false);
    });
});

describe('a charge', () => {
  const quota = (hard: Record<string, string>, used: Record<string, string>) =>
    ({ metadata: { name: 'q' }, spec: { hard }, status: { hard, used } }) as unknown as ResourceQuota;
  const nodePort = (count: number) => ({
    metadata: {},
    spec: { type: 'NodePort', ports: Array.from({ length: count }, (_, port) => ({ port })) },
  });
  const charged = (from: ResourceQuota, object: object, oldObject?: object) =>
    tableOf(chargeOf(from, services, { object, oldObject, isStatus: false }, now) ?? new Map());

  test('of a change is what it adds; what it frees is not given back by it', () => {
    const from = quota(
      { 'services.nodeports': '4', services: '1' },
      { 'services.nodeports': '2', services: '1' },
    );
    expect(charged(from, nodePort(4), nodePort(2))).toEqual({ 'services.nodeports': '2' });
    expect(charged(from, nodePort(1), nodePort(2))).toEqual({});
    expect(() => charged(from, nodePort(5), nodePort(2))).toThrow(
      'exceeded quota: q, requested: services.nodeports=3, used: services.nodeports=2, limited: services.nodeports=4',
    );
  });

  test('does not stop what asks for nothing of what is exceeded', () => {
    const from = quota(
      { services: '5', 'services.nodeports': '1' },
      { services: '1', 'services.nodeports': '9' },
    );
    expect(charged(from, { metadata: {}, spec: { type: 'ClusterIP' } })).toEqual({ services: '1' });
  });

  test('is refused where something asks for less than nothing', () => {
    const from = quota({ cpu: '1' }, { cpu: '0' });
    const object = pod({ containers: [container('a', { cpu: '-1' })] });
    expect(() => chargeOf(from, pods, { object, oldObject: undefined, isStatus: false }, now)).toThrow(
      'quota usage is negative for resource(s): cpu,requests.cpu',
    );
  });
});

test('a count is zero of what nobody uses, in the units of the first that does', () => {
  const quota = {
    metadata: { name: 'q' },
    spec: { hard: { memory: '1Gi', pods: '2' } },
  } as unknown as ResourceQuota;
  expect(tableOf(measureUsage(quota, pods, [], now))).toEqual({ memory: '0', pods: '0' });
  const some = [pod({ containers: [container('a', { memory: '512Ki' })] }), pod({ containers: [] })];
  expect(tableOf(measureUsage(quota, pods, some, now))).toEqual({ memory: '512Ki', pods: '2' });
});

test('what very many containers ask for is added up in the time that their number takes', () => {
  const many = (prefix: string, more: object = {}) =>
    Array.from({ length: 20_000 }, (_, i) =>
      container(`${prefix}${i}`, { [`example.com/${prefix}${i}`]: '1', cpu: '1m' }, {}, more),
    );
  const spec = {
    containers: many('c'),
    initContainers: [...many('s', { restartPolicy: 'Always' }), ...many('i')],
  };
  const amounts = pods.usage(pod(spec), now);
  expect(amounts.size).toBe(60_000 + 4);
  expect(tableOf(amounts)['cpu']).toBe('40');
});
