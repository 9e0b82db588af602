import { describe, expect, test } from 'bun:test';
import {
  applyDefaults,
  cronJobs,
  daemonSets,
  deployments,
  ingressClasses,
  jobs,
  type Kind,
  networkPolicies,
  statefulSets,
} from '@hawser/api';
import { countIndexes, IndexesError } from './batch/indexes.ts';
import { strategyFor } from './strategy-for.ts';

const pod = (restartPolicy: string, spec: object = {}) => ({
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'main', image: 'i' }], restartPolicy, ...spec },
});
const selector = { matchLabels: { app: 'a' } };

/** An object as it is when it has been completed. */
function completed(kind: Kind, spec: object, metadata: object = {}) {
  const object = structuredClone({ metadata: { name: 'a', uid: 'u', ...metadata }, spec }) as never;
  strategyFor(kind).prepareForCreate?.(object, {} as never);
  applyDefaults(kind.schema, object);
  return object as { metadata: object; spec: Record<string, unknown>; status?: object };
}
const faultsOf = (kind: Kind, spec: object, metadata: object = {}) =>
  (strategyFor(kind).validate?.(completed(kind, spec, metadata) as never) ?? []).map(
    ({ field, detail }) => `${field}: ${detail}`,
  );
function changed(kind: Kind, spec: object, change: object, status: object = {}) {
  const old = { ...completed(kind, spec), status };
  const next = { ...old, spec: { ...old.spec, ...change } };
  return (strategyFor(kind).validateUpdate?.(next as never, old as never) ?? []).map(({ field }) => field);
}

describe('a Job', () => {
  const job = (spec: object = {}) => ({ template: pod('Never'), ...spec });
  const indexed = (spec: object) => job({ completionMode: 'Indexed', ...spec });

  const refused: { name: string; spec: object; faults: string[] }[] = [
    {
      name: 'with indexes, but no number',
      spec: indexed({ parallelism: 2 }),
      faults: ['spec.completions: when completion mode is Indexed'],
    },
    {
      name: 'whose limits need indexes',
      spec: job({ backoffLimitPerIndex: 1, maxFailedIndexes: 1 }),
      faults: [
        'spec.backoffLimitPerIndex: requires indexed completion mode',
        'spec.maxFailedIndexes: requires indexed completion mode',
      ],
    },
    {
      name: 'with a rule on a container that is not there',
      spec: job({
        podFailurePolicy: {
          rules: [{ action: 'FailJob', onExitCodes: { containerName: 'x', operator: 'In', values: [2, 0] } }],
        },
      }),
      faults: [
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: must be one of the container or initContainer names in the pod template',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: must be ordered',
      ],
    },
    {
      name: 'that succeeds by indexes that it does not have',
      spec: indexed({ completions: 3, successPolicy: { rules: [{ succeededIndexes: '1-5' }] } }),
      faults: [
        'spec.successPolicy.rules[0].succeededIndexes: error parsing succeededIndexes: too large index: "5"',
      ],
    },
    {
      name: 'whose selector is not its own',
      spec: job({ selector: { matchLabels: { app: 'a' } } }),
      faults: ['spec.selector: `selector` not auto-generated'],
    },
  ];
  for (const { name, spec, faults } of refused)
    test(`is refused ${name}`, () => expect(faultsOf(jobs, spec)).toEqual(expect.arrayContaining(faults)));

  test('may have a selector of its own, when it says so', () =>
    expect(faultsOf(jobs, job({ selector, manualSelector: true }))).toEqual([]));

  test('may be placed elsewhere while it is suspended and has not started', () => {
    const template = (nodeSelector: object) => ({
      metadata:
        completed(jobs, job()).spec['template'] &&
        (completed(jobs, job()).spec['template'] as { metadata: object }).metadata,
      spec: { ...(completed(jobs, job()).spec['template'] as { spec: object }).spec, nodeSelector },
    });
    const waiting = job({ suspend: true });
    expect(changed(jobs, waiting, { template: template({ a: 'b' }) })).toEqual([]);
    expect(changed(jobs, waiting, { template: template({ a: 'b' }) }, { startTime: 't' })).toEqual([
      'spec.template',
    ]);
    expect(changed(jobs, job(), { template: template({ a: 'b' }) })).toEqual(['spec.template']);
  });

  test('with indexes may grow with its parallelism, and no other', () => {
    expect(
      changed(jobs, indexed({ completions: 2, parallelism: 2 }), { completions: 4, parallelism: 4 }),
    ).toEqual([]);
    expect(changed(jobs, indexed({ completions: 2, parallelism: 2 }), { completions: 4 })).toEqual([
      'spec.completions',
    ]);
    expect(changed(jobs, job({ completions: 2 }), { completions: 4, parallelism: 4 })).toEqual([
      'spec.completions',
    ]);
  });

  test('that has ended stays so', () => {
    const status = (...types: string[]) =>
      ({
        spec: {},
        status: {
          conditions: types.map((type) => ({ type, status: 'True' })),
          startTime: 't',
          completionTime: 't',
        },
      }) as never;
    const faults = strategyFor(jobs).validateStatusUpdate?.(
      status('SuccessCriteriaMet'),
      status('SuccessCriteriaMet', 'Complete'),
    );
    expect(faults?.map(({ detail }) => detail)).toContain('cannot disable Complete=True condition');
  });
});

test('indexes ascend', () => {
  expect(countIndexes('1,3-5,7', 10)).toBe(5);
  for (const text of ['3,1', '1-1', '5-3', '1-2-3', 'x', '1,,2'])
    expect(() => countIndexes(text, 10)).toThrow(IndexesError);
});

test('a CronJob of a name that leaves no room for a time is refused', () => {
  const spec = { schedule: '@daily', jobTemplate: { spec: { template: pod('Never') } } };
  expect(faultsOf(cronJobs, spec)).toEqual([]);
  expect(faultsOf(cronJobs, spec, { name: 'a'.repeat(53) })).toEqual([
    'metadata.name: must be no more than 52 characters',
  ]);
  expect(faultsOf(cronJobs, { ...spec, schedule: 'TZ=UTC 0 0 * * *' })).toEqual([
    'spec.schedule: cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ]);
});

describe('a StatefulSet', () => {
  const whole = { selector, template: pod('Always'), serviceName: 's' };
  test('may mount the claims that its pods get', () => {
    const template = pod('Always', {
      containers: [{ name: 'main', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    });
    expect(faultsOf(statefulSets, { ...whole, template })).toEqual([
      'spec.template.spec.containers[0].volumeMounts[0].name: ',
    ]);
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: {} }];
    expect(faultsOf(statefulSets, { ...whole, template, volumeClaimTemplates })).toEqual([]);
  });
  test('may change in what it says of its pods only', () => {
    expect(changed(statefulSets, whole, { replicas: 5, template: pod('Always', { nodeName: 'n' }) })).toEqual(
      [],
    );
    expect(changed(statefulSets, whole, { serviceName: 'other' })).toEqual(['spec']);
  });
});

test('what selects nothing in particular is refused', () => {
  const spec = { selector: {}, template: pod('Always') };
  expect(faultsOf(deployments, spec)).toEqual(['spec.selector: empty selector is invalid for deployment']);
  expect(faultsOf(daemonSets, spec)).toEqual(['spec.selector: empty selector is invalid for daemonset']);
});

test('a Deployment whose deadline comes before its pods count is refused', () => {
  const spec = { selector, template: pod('Always'), minReadySeconds: 60, progressDeadlineSeconds: 60 };
  expect(faultsOf(deployments, spec)).toEqual([
    'spec.progressDeadlineSeconds: must be greater than minReadySeconds',
  ]);
});

test('an IngressClass names a controller for good, and parameters where they are', () => {
  expect(faultsOf(ingressClasses, { controller: 'plain' })).toEqual([
    'spec.controller: must be a domain-prefixed path (such as "acme.io/foo")',
  ]);
  const parameters = { kind: 'K', name: 'n', scope: 'Namespace' };
  expect(faultsOf(ingressClasses, { controller: 'a.io/b', parameters })).toEqual([
    "spec.parameters.namespace: `parameters.scope` is set to 'Namespace'",
  ]);
  expect(changed(ingressClasses, { controller: 'a.io/b' }, { controller: 'a.io/c' })).toEqual([
    'spec.controller',
  ]);
});

test('a NetworkPolicy has ports that make sense', () => {
  const ports = [{ port: 80, endPort: 70 }, { port: 'web', endPort: 90 }, { endPort: 90 }];
  expect(faultsOf(networkPolicies, { podSelector: {}, ingress: [{ ports }] })).toEqual([
    'spec.ingress[0].ports[0].endPort: must be greater than or equal to `port`',
    'spec.ingress[0].ports[1].endPort: may not be specified when `port` is non-numeric',
    'spec.ingress[0].ports[2].endPort: may not be specified when `port` is not specified',
  ]);
});
