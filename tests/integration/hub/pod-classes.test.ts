import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson, namesOf } from '../../cluster/expectations.ts';
import { shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const PRIORITIES = '/apis/scheduling.k8s.io/v1/priorityclasses';
const RUNTIMES = '/apis/node.k8s.io/v1/runtimeclasses';
const podsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const priority = (name: string, value: number, more: object = {}): Json => ({
  metadata: { name },
  value,
  ...more,
});

describe('priority classes', () => {
  hub.test('of the system are there from the start, and stay', async (cluster) => {
    const list = expectJson(await cluster.admin.get(PRIORITIES));
    expect(namesOf(list)).toEqual(['system-cluster-critical', 'system-node-critical']);
    expect(list.items.map(({ value }: Json) => value)).toEqual([2_000_000_000, 2_000_001_000]);
    const status = expectFailure(
      await cluster.admin.delete(`${PRIORITIES}/system-node-critical`),
      403,
      'Forbidden',
    );
    expect(status.message).toBe(
      'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted',
    );
  });

  hub.test('are completed and shown in a table', async (cluster) => {
    const created = expectJson(await cluster.admin.post(PRIORITIES, priority('shown', -7)), 201);
    expect(created).toMatchObject({ preemptionPolicy: 'PreemptLowerPriority', metadata: { generation: 1 } });
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { rows } = expectJson(await cluster.admin.get(`${PRIORITIES}/shown`, { accept }));
    expect(rows[0].cells).toEqual(['shown', -7, false, expect.any(String), 'PreemptLowerPriority']);
  });

  const refused: { what: string; sent: Json; says: string }[] = [
    {
      what: 'one above what users may have',
      sent: priority('high', 1_000_000_001),
      says: 'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    },
    {
      what: "one with the system's prefix",
      sent: priority('system-mine', 1),
      says: "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
    },
    {
      what: 'a policy that is none',
      sent: priority('odd', 1, { preemptionPolicy: 'Maybe' }),
      says: 'preemptionPolicy: Unsupported value: "Maybe": supported values: "Never", "PreemptLowerPriority"',
    },
  ];
  for (const { what, sent, says } of refused)
    hub.test(`refuse ${what}`, async (cluster) => {
      const status = expectFailure(await cluster.admin.post(PRIORITIES, sent), 422, 'Invalid');
      expect(status.message).toContain(says);
    });

  hub.test('keep their value', async (cluster) => {
    expectJson(await cluster.admin.post(PRIORITIES, priority('kept', 1)), 201);
    const change = { value: 2, preemptionPolicy: 'Never' };
    const answer = await cluster.admin.patch(`${PRIORITIES}/kept`, 'merge', change);
    const status = expectFailure(answer, 422, 'Invalid');
    expect(status.details.causes.map(({ field }: Json) => field)).toEqual(['value', 'preemptionPolicy']);
    expect(status.message).toContain('value: Forbidden: may not be changed in an update.');
  });
});

describe('a pod', () => {
  hub.test('gets the priority and the policy of its class', async (cluster) => {
    const namespace = await cluster.namespace();
    const meek = priority('meek', 42, { preemptionPolicy: 'Never' });
    expectJson(await cluster.admin.post(PRIORITIES, meek), 201);
    const pod = shellPod('a', 'true', { priorityClassName: 'meek' });
    const created = expectJson(await cluster.admin.post(podsIn(namespace), pod), 201);
    expect(created.spec).toMatchObject({ priority: 42, preemptionPolicy: 'Never' });
    const { priority: _value, preemptionPolicy: _policy, ...spec } = created.spec;
    const put = await cluster.admin.put(`${podsIn(namespace)}/a`, { ...created, spec });
    expect(expectJson(put).spec).toMatchObject({ priority: 42, preemptionPolicy: 'Never' });
  });

  hub.test('without a class gets the default one, of which there is one', async (cluster) => {
    const namespace = await cluster.namespace();
    const post = async (name: string) =>
      expectJson(await cluster.admin.post(podsIn(namespace), shellPod(name, 'true')), 201).spec;
    expect(await post('before')).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    const usual = { globalDefault: true };
    expectJson(await cluster.admin.post(PRIORITIES, priority('usual', 5, usual)), 201);
    const status = expectFailure(
      await cluster.admin.post(PRIORITIES, priority('second', 6, usual)),
      403,
      'Forbidden',
    );
    expect(status.message).toContain(
      'PriorityClass usual is already marked as default. Only one default can exist',
    );
    expect(await post('after')).toMatchObject({ priority: 5, priorityClassName: 'usual' });
    expectJson(await cluster.admin.patch(`${PRIORITIES}/usual`, 'merge', { description: 'still' }));
    expectJson(await cluster.admin.delete(`${PRIORITIES}/usual`));
  });

  const refused: { what: string; spec: object; says: string }[] = [
    {
      what: 'a priority class that there is not',
      spec: { priorityClassName: 'nowhere' },
      says: 'pods "p" is forbidden: no PriorityClass with name nowhere was found',
    },
    {
      what: 'a priority of its own',
      spec: { priority: 9 },
      says: 'the integer value of priority (9) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    },
    {
      what: 'a policy of its own',
      spec: { preemptionPolicy: 'Never' },
      says: 'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    },
    {
      what: 'a runtime class that there is not',
      spec: { runtimeClassName: 'nowhere' },
      says: 'pods "p" is forbidden: pod rejected: RuntimeClass "nowhere" not found',
    },
    {
      what: 'an overhead of its own',
      spec: { overhead: { cpu: '1' } },
      says: 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    },
  ];
  for (const { what, spec, says } of refused)
    hub.test(`is refused ${what}`, async (cluster) => {
      const namespace = await cluster.namespace();
      const answer = await cluster.admin.post(podsIn(namespace), shellPod('p', 'true', spec));
      expect(expectFailure(answer, 403, 'Forbidden').message).toContain(says);
    });
});

describe('a runtime class', () => {
  const boxed = {
    metadata: { name: 'boxed' },
    handler: 'box',
    overhead: { podFixed: { cpu: '0.25', memory: '64Mi' } },
    scheduling: {
      nodeSelector: { box: 'yes' },
      tolerations: [{ key: 'box', operator: 'Exists' }],
    },
  };

  hub.test('says what its pods cost and where they go', async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(await cluster.admin.post(RUNTIMES, boxed), 201);
    const toleration = { key: 'box', operator: 'Equal', value: 'a', effect: 'NoSchedule' };
    const spec = { runtimeClassName: 'boxed', nodeSelector: { disk: 'fast' }, tolerations: [toleration] };
    const created = expectJson(await cluster.admin.post(podsIn(namespace), shellPod('a', 'true', spec)), 201);
    expect(created.spec.overhead).toEqual({ cpu: '250m', memory: '64Mi' });
    expect(created.spec.nodeSelector).toEqual({ disk: 'fast', box: 'yes' });
    // The wider toleration takes the place of the narrower one.
    const ofBox = created.spec.tolerations.filter(({ key }: Json) => key === 'box');
    expect(ofBox).toEqual(boxed.scheduling.tolerations);
    for (const [name, more, says] of [
      ['b', { nodeSelector: { box: 'no' } }, 'conflict: runtimeClass.scheduling.nodeSelector[box] = yes'],
      ['c', { overhead: { cpu: '1' } }, "Pod's Overhead doesn't match RuntimeClass's defined Overhead"],
    ] as const) {
      const pod = shellPod(name, 'true', { runtimeClassName: 'boxed', ...more });
      const answer = await cluster.admin.post(podsIn(namespace), pod);
      expect(expectFailure(answer, 403, 'Forbidden').message).toContain(says);
    }
  });

  hub.test('schedules by what nodes can have', async (cluster) => {
    const scheduling = {
      nodeSelector: { 'no label': 'x' },
      tolerations: [{ key: 'a', operator: 'Exists', value: 'x' }],
    };
    const odd = { metadata: { name: 'odd' }, handler: 'a', scheduling };
    const status = expectFailure(await cluster.admin.post(RUNTIMES, odd), 422, 'Invalid');
    expect(status.details.causes.map(({ field }: Json) => field)).toEqual([
      'scheduling.nodeSelector',
      'scheduling.tolerations[0].operator',
    ]);
  });

  hub.test('has a handler, which stays', async (cluster) => {
    const odd = expectFailure(
      await cluster.admin.post(RUNTIMES, { metadata: { name: 'odd' }, handler: 'No_Label' }),
      422,
      'Invalid',
    );
    expect(odd.details.causes[0].field).toBe('handler');
    expectJson(await cluster.admin.post(RUNTIMES, { metadata: { name: 'fixed' }, handler: 'a' }), 201);
    const answer = await cluster.admin.patch(`${RUNTIMES}/fixed`, 'merge', { handler: 'b' });
    const status = expectFailure(answer, 422, 'Invalid');
    expect(status.message).toContain('handler: Invalid value: "b": field is immutable');
  });
});
