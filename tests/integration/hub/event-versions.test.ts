import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson, namesOf } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const coreIn = (namespace: string) => `/api/v1/namespaces/${namespace}/events`;
const newIn = (namespace: string) => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;

const coreEvent = (name: string, namespace: string, more: object = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name },
  involvedObject: { kind: 'Pod', namespace, name: 'p', uid: 'u' },
  reason: 'Started',
  message: 'it runs',
  type: 'Normal',
  source: { component: 'kubelet', host: 'n' },
  firstTimestamp: '2024-05-01T11:00:00Z',
  lastTimestamp: '2024-05-01T11:59:00Z',
  count: 3,
  ...more,
});

const newEvent = (name: string, namespace: string, more: object = {}): Json => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name },
  eventTime: '2024-05-01T11:00:00.000001Z',
  reportingController: 'example.com/scheduler',
  reportingInstance: 'scheduler-1',
  action: 'Binding',
  reason: 'Scheduled',
  regarding: { kind: 'Pod', namespace, name: 'p' },
  note: 'it is bound',
  type: 'Normal',
  ...more,
});

describe('an event of either version', () => {
  hub.test('is read in the other with its fields renamed', async (cluster) => {
    const namespace = await cluster.namespace();
    const core = expectJson(await cluster.admin.post(coreIn(namespace), coreEvent('old', namespace)), 201);
    const seen = expectJson(await cluster.admin.get(`${newIn(namespace)}/old`));
    expect(seen).toEqual({
      kind: 'Event',
      apiVersion: 'events.k8s.io/v1',
      metadata: core.metadata,
      reason: 'Started',
      type: 'Normal',
      regarding: core.involvedObject,
      note: 'it runs',
      deprecatedSource: core.source,
      deprecatedFirstTimestamp: core.firstTimestamp,
      deprecatedLastTimestamp: core.lastTimestamp,
      deprecatedCount: 3,
    });
    const created = expectJson(await cluster.admin.post(newIn(namespace), newEvent('new', namespace)), 201);
    expect(created.apiVersion).toBe('events.k8s.io/v1');
    expect(expectJson(await cluster.admin.get(`${coreIn(namespace)}/new`))).toEqual({
      kind: 'Event',
      apiVersion: 'v1',
      metadata: created.metadata,
      involvedObject: created.regarding,
      reason: 'Scheduled',
      message: 'it is bound',
      source: {},
      type: 'Normal',
      eventTime: '2024-05-01T11:00:00.000001Z',
      action: 'Binding',
      reportingComponent: 'example.com/scheduler',
      reportingInstance: 'scheduler-1',
    });
  });

  hub.test('is one object: names, versions, changes and deletions are shared', async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(await cluster.admin.post(coreIn(namespace), coreEvent('a', namespace)), 201);
    expectFailure(await cluster.admin.post(newIn(namespace), newEvent('a', namespace)), 409, 'AlreadyExists');
    const patch = { count: 4, message: 'again' };
    const patched = expectJson(await cluster.admin.patch(`${coreIn(namespace)}/a`, 'merge', patch));
    const seen = expectJson(await cluster.admin.get(`${newIn(namespace)}/a`));
    expect(seen).toMatchObject({ deprecatedCount: 4, note: 'again', metadata: patched.metadata });
    const stale = { ...seen, metadata: { ...seen.metadata, resourceVersion: '1' } };
    expectFailure(await cluster.admin.put(`${newIn(namespace)}/a`, stale), 409, 'Conflict');
    const series = { count: 2, lastObservedTime: '2024-05-01T12:00:00.000000Z' };
    expectJson(await cluster.admin.put(`${newIn(namespace)}/a`, { ...seen, series }));
    const both = await Promise.all(
      [coreIn, newIn].map(async (at) => expectJson(await cluster.admin.get(`${at(namespace)}/a`))),
    );
    expect(both.map((event) => event.series)).toEqual([series, series]);
    expect(both[0].metadata).toEqual(both[1].metadata);
    expectJson(await cluster.admin.delete(`${newIn(namespace)}/a`));
    expectFailure(await cluster.admin.get(`${coreIn(namespace)}/a`), 404, 'NotFound');
  });

  hub.test('is listed in pages and found by the labels of the version asked for', async (cluster) => {
    const namespace = await cluster.namespace();
    const names = ['a', 'b', 'c'];
    for (const name of names)
      expectJson(await cluster.admin.post(newIn(namespace), newEvent(name, namespace)), 201);
    expectJson(await cluster.admin.post(coreIn(namespace), coreEvent('d', namespace)), 201);
    const first = expectJson(await cluster.admin.get(`${newIn(namespace)}?limit=2`));
    expect(namesOf(first)).toEqual(['a', 'b']);
    // What comes after the first page was written shows in neither version's second page.
    expectJson(await cluster.admin.post(coreIn(namespace), coreEvent('z', namespace)), 201);
    const rest = `${newIn(namespace)}?limit=9&continue=${first.metadata.continue}`;
    const second = expectJson(await cluster.admin.get(rest));
    expect(namesOf(second)).toEqual(['c', 'd']);
    expect(second.items[1]).toMatchObject({ note: 'it runs', regarding: { name: 'p' } });
    expect(second).toMatchObject({ kind: 'EventList', apiVersion: 'events.k8s.io/v1' });
    const select = async (at: string, selector: string) =>
      namesOf(expectJson(await cluster.admin.get(`${at}?fieldSelector=${encodeURIComponent(selector)}`)));
    for (const selector of ['reportingController=example.com/scheduler', 'reason=Scheduled'])
      expect(await select(newIn(namespace), `regarding.kind=Pod,type=Normal,${selector}`)).toEqual(names);
    expect(await select(newIn(namespace), 'regarding.uid=u')).toEqual(['d', 'z']);
    expect(await select(coreIn(namespace), 'involvedObject.uid=u')).toEqual(['d', 'z']);
    for (const [at, foreign] of [
      [newIn, 'involvedObject.kind=Pod'],
      [coreIn, 'regarding.kind=Pod'],
    ] as const) {
      const answer = await cluster.admin.get(`${at(namespace)}?fieldSelector=${foreign}`);
      expectFailure(answer, 400, 'BadRequest');
    }
  });

  hub.test('is watched in both versions at once', async (cluster) => {
    const namespace = await cluster.namespace();
    const { metadata } = expectJson(await cluster.admin.get(coreIn(namespace)));
    const from = `resourceVersion=${metadata.resourceVersion}`;
    using core = await cluster.admin.watch(`${coreIn(namespace)}?${from}`);
    using newer = await cluster.admin.watch(`${newIn(namespace)}?${from}`);
    expectJson(await cluster.admin.post(newIn(namespace), newEvent('a', namespace)), 201);
    expectJson(await cluster.admin.delete(`${coreIn(namespace)}/a`));
    for (const [stream, apiVersion, text] of [
      [core, 'v1', 'message'],
      [newer, 'events.k8s.io/v1', 'note'],
    ] as const)
      for (const type of ['ADDED', 'DELETED'])
        expect(await stream.next()).toMatchObject({
          type,
          object: { apiVersion, metadata: { name: 'a' }, [text]: 'it is bound' },
        });
    using late = await cluster.admin.watch(`${newIn(namespace)}?${from}`);
    expect(await late.next()).toMatchObject({ type: 'ADDED', object: { note: 'it is bound' } });
  });

  hub.test('goes with deletecollection, whichever version asks', async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(await cluster.admin.post(newIn(namespace), newEvent('a', namespace)), 201);
    expectJson(await cluster.admin.post(coreIn(namespace), coreEvent('b', namespace)), 201);
    expectJson(await cluster.admin.delete(newIn(namespace)));
    expect(namesOf(expectJson(await cluster.admin.get(coreIn(namespace))))).toEqual([]);
  });

  hub.test('has the same rows', async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(await cluster.admin.post(coreIn(namespace), coreEvent('a', namespace)), 201);
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const [core, newer] = await Promise.all(
      [coreIn, newIn].map(async (at) =>
        expectJson(await cluster.admin.get(`${at(namespace)}/a`, { accept })),
      ),
    );
    expect(newer.columnDefinitions).toEqual(core.columnDefinitions);
    expect(newer.rows[0].cells.slice(1)).toEqual(core.rows[0].cells.slice(1));
  });
});

describe('a new event of events.k8s.io', () => {
  const refused: { what: string; more: object; fields: string[] }[] = [
    { what: 'without a time', more: { eventTime: undefined }, fields: ['eventTime'] },
    {
      what: 'that does not say who reports it',
      more: { reportingController: '', reportingInstance: '', action: '', reason: '' },
      fields: ['action', 'reason', 'reportingController', 'reportingController', 'reportingInstance'],
    },
    { what: 'of a type that is none', more: { type: 'Odd' }, fields: ['type'] },
    { what: 'in the older fields', more: { deprecatedCount: 1 }, fields: ['count'] },
    { what: 'with a note that is a book', more: { note: 'x'.repeat(1025) }, fields: ['message'] },
    {
      what: 'in a series of one',
      more: { series: { count: 1, lastObservedTime: '2024-05-01T11:00:00.000000Z' } },
      fields: ['series.count'],
    },
  ];
  for (const { what, more, fields } of refused)
    hub.test(`${what} is refused`, async (cluster) => {
      const namespace = await cluster.namespace();
      const answer = await cluster.admin.post(newIn(namespace), newEvent('a', namespace, more));
      const status = expectFailure(answer, 422, 'Invalid');
      expect(status.details.causes.map(({ field }: Json) => field).sort()).toEqual(fields);
    });

  hub.test('changes in its series only; through the core API it may change', async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(await cluster.admin.post(newIn(namespace), newEvent('a', namespace)), 201);
    const status = expectFailure(
      await cluster.admin.patch(`${newIn(namespace)}/a`, 'merge', { note: 'other', type: 'Warning' }),
      422,
      'Invalid',
    );
    expect(status.details.causes.map(({ field }: Json) => field)).toEqual(['message', 'type']);
    expectJson(await cluster.admin.patch(`${coreIn(namespace)}/a`, 'merge', { message: 'other' }));
  });

  hub.test('of another namespace is refused', async (cluster) => {
    const namespace = await cluster.namespace();
    const body = coreEvent('a', 'elsewhere');
    const status = expectFailure(await cluster.admin.post(coreIn(namespace), body), 422, 'Invalid');
    expect(status.message).toContain('involvedObject.namespace: Invalid value: "elsewhere"');
  });
});
