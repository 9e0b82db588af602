import { describe, expect, test } from 'bun:test';
import type { FieldError, LimitRange, LimitRangeItem, PodDisruptionBudget, ResourceQuota } from '@hawser/api';
import { writer } from '../resource.testing.ts';
import { limitRangeStrategy } from './limit-range.ts';
import { podDisruptionBudgetStrategy } from './pod-disruption-budget.ts';
import { resourceQuotaStrategy } from './resource-quota.ts';

const said = (faults: FieldError[] | undefined) =>
  (faults ?? []).map(({ field, detail }) => `${field}: ${detail}`);
const metadata = { name: 'x', namespace: 'a' };

const quota = (spec: ResourceQuota['spec']) =>
  ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec }) as ResourceQuota & Record<string, unknown>;
const range = (...limits: LimitRangeItem[]) =>
  ({ apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits } }) as LimitRange &
    Record<string, unknown>;
const budget = (spec: PodDisruptionBudget['spec']) =>
  ({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec }) as PodDisruptionBudget &
    Record<string, unknown>;

describe('a ResourceQuota', () => {
  const cases: { name: string; spec: ResourceQuota['spec']; faults: string[] }[] = [
    {
      name: 'may limit what the system counts, whatever is qualified, and huge pages',
      spec: {
        hard: {
          'requests.cpu': '1',
          'limits.ephemeral-storage': '1Gi',
          'services.nodeports': '0',
          'count/widgets.example.com': '3',
          'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
          'requests.hugepages-2Mi': '4Mi',
          'requests.example.com/gpu': '2',
        },
      },
      faults: [],
    },
    {
      name: 'may not limit what nobody counts',
      spec: { hard: { foo: '1' } },
      faults: [
        'spec.hard[foo]: must be a standard resource type or fully qualified',
        'spec.hard[foo]: must be a standard resource for quota',
      ],
    },
    {
      name: 'counts things in whole numbers, none below zero',
      spec: { hard: { pods: '1500m', cpu: '-1' } },
      faults: ['spec.hard[pods]: must be an integer', 'spec.hard[cpu]: must be greater than or equal to 0'],
    },
    {
      name: 'has scopes that say something about what it limits and do not exclude each other',
      spec: { hard: { secrets: '1', pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] },
      faults: [
        'spec.scopes: unsupported scope applied to resource',
        'spec.scopes: unsupported scope applied to resource',
        'spec.scopes: conflicting scopes',
      ],
    },
    {
      name: 'has selectors whose operators fit their scopes and values',
      spec: {
        hard: { pods: '1' },
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'PriorityClass', operator: 'In' },
            { scopeName: 'Terminating', operator: 'DoesNotExist', values: ['x'] },
            { scopeName: 'Odd', operator: 'Is' },
          ],
        },
      },
      faults: [
        "spec.scopeSelector.matchExpressions.values: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        "spec.scopeSelector.matchExpressions.operator: must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        "spec.scopeSelector.matchExpressions.values: must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        'spec.scopeSelector.matchExpressions.scopeName: unsupported scope',
        'spec.scopeSelector.matchExpressions.operator: not a valid selector operator',
      ],
    },
  ];
  for (const { name, spec, faults } of cases)
    test(name, () => expect(said(resourceQuotaStrategy.validate?.(quota(spec)))).toEqual(faults));

  test('keeps its scopes for life, in whatever order', () => {
    const old = quota({ scopes: ['BestEffort', 'Terminating'] });
    const same = quota({ scopes: ['Terminating', 'BestEffort'] });
    expect(resourceQuotaStrategy.validateUpdate?.(same, old)).toEqual([]);
    expect(said(resourceQuotaStrategy.validateUpdate?.(quota({}), old))).toEqual([
      'spec.scopes: field is immutable',
    ]);
  });
});

describe('a LimitRange', () => {
  test('defaults limits to the most there may be, requests to the limit, else to the least', () => {
    const made = range({
      type: 'Container',
      max: { cpu: '2' },
      min: { cpu: '1', memory: '1Mi' },
      default: { memory: '4Mi' },
    });
    limitRangeStrategy.prepareForCreate?.(made, writer);
    expect(made.spec?.limits?.[0]).toMatchObject({
      default: { cpu: '2', memory: '4Mi' },
      defaultRequest: { cpu: '2', memory: '4Mi' },
    });
    const bare = range({ type: 'Container', min: { cpu: '1' } });
    limitRangeStrategy.prepareForCreate?.(bare, writer);
    expect(bare.spec?.limits?.[0]).toEqual({
      type: 'Container',
      min: { cpu: '1' },
      defaultRequest: { cpu: '1' },
    });
  });

  const cases: { name: string; limits: Parameters<typeof range>; faults: string[] }[] = [
    {
      name: 'is refused where its bounds contradict each other',
      limits: [
        {
          type: 'Container',
          max: { cpu: '1' },
          min: { cpu: '2' },
          default: { cpu: '3' },
          defaultRequest: { cpu: '4' },
          maxLimitRequestRatio: { cpu: '500m' },
        },
      ],
      faults: [
        'spec.limits[0].min[cpu]: min value 2 is greater than max value 1',
        'spec.limits[0].defaultRequest[cpu]: default request value 4 is greater than max value 1',
        'spec.limits[0].defaultRequest[cpu]: default request value 4 is greater than default limit value 3',
        'spec.limits[0].default[cpu]: default value 3 is greater than max value 1',
        'spec.limits[0].maxLimitRequestRatio[cpu]: ratio 500m is less than 1',
      ],
    },
    {
      name: 'has each type once, and no defaults for pods',
      limits: [{ type: 'Pod', default: { cpu: '1' } }, { type: 'Pod' }, { type: 'Odd' }],
      faults: [
        "spec.limits[0].default: may not be specified when `type` is 'Pod'",
        'spec.limits[1].type: ',
        'spec.limits[2].type: must be a standard limit type or fully qualified',
      ],
    },
    {
      name: 'names what containers can ask for, and storage for claims',
      limits: [{ type: 'Container', max: { storage: '1' } }, { type: 'PersistentVolumeClaim' }],
      faults: [
        'spec.limits[0].max[storage]: must be a standard resource for containers',
        'spec.limits[1].limits: either minimum or maximum storage value is required, but neither was provided',
      ],
    },
    {
      name: 'leaves room for its ratio',
      limits: [{ type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } }],
      faults: ['spec.limits[0].maxLimitRequestRatio[cpu]: ratio 3 is greater than max/min = 2.000000'],
    },
  ];
  for (const { name, limits, faults } of cases)
    test(name, () => expect(said(limitRangeStrategy.validate?.(range(...limits)))).toEqual(faults));
});

describe('a PodDisruptionBudget', () => {
  const cases: { name: string; spec: PodDisruptionBudget['spec']; faults: string[] }[] = [
    { name: 'counts pods or their share', spec: { minAvailable: '50%' }, faults: [] },
    {
      name: 'bounds one of the two',
      spec: { minAvailable: 1, maxUnavailable: 1 },
      faults: ['spec: minAvailable and maxUnavailable cannot be both set'],
    },
    {
      name: 'has bounds that can be met',
      spec: { maxUnavailable: -1 },
      faults: ['spec.maxUnavailable: must be greater than or equal to 0'],
    },
    {
      name: 'bounds no more than all pods',
      spec: { minAvailable: '101%' },
      faults: ['spec.minAvailable: must not be greater than 100%'],
    },
    {
      name: 'writes shares as percentages',
      spec: { minAvailable: 'half' },
      faults: [
        "spec.minAvailable: a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ],
    },
    {
      name: 'knows two policies for unhealthy pods',
      spec: { minAvailable: 1, unhealthyPodEvictionPolicy: 'Never' },
      faults: ['spec.unhealthyPodEvictionPolicy: supported values: "AlwaysAllow", "IfHealthyBudget"'],
    },
  ];
  for (const { name, spec, faults } of cases)
    test(name, () => expect(said(podDisruptionBudgetStrategy.validate?.(budget(spec)))).toEqual(faults));
});
