import { describe, expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../../cluster/eventually.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { authorityOf, issue } from '../../cluster/identities.ts';
import { configMap } from '../../cluster/objects.ts';
import { type OutboxRow, readOutbox, stateFile } from '../../cluster/outbox.ts';
import type { WireResponse } from '../../cluster/wire-client.ts';

const hub = shareCluster();

/** The events of one request, which its answer names. */
function eventsOf(cluster: Cluster, answer: WireResponse): OutboxRow[] {
  return readOutbox(cluster.layout).filter(({ event }) => event.auditID === answer.headers['audit-id']);
}

/** The one event of a request, once it is there: events of reads are written together, a little later. */
function onlyEventOf(cluster: Cluster, answer: WireResponse): Promise<OutboxRow> {
  return eventually(() => {
    const rows = eventsOf(cluster, answer);
    expect(rows).toHaveLength(1);
    return rows[0]!;
  });
}

describe('a write', () => {
  hub.test('has its event on disk before it is answered, in the same commit', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const answer = await cluster.admin.post(path, configMap('a'), { 'user-agent': 'tests/1' });
    const [row, ...others] = eventsOf(cluster, answer);
    expect(others).toEqual([]);
    expect(row!.id).toBe(`${answer.headers['audit-id']}:ResponseComplete`);
    expect(row!.subject).toBe(`audit.apiserver.create.core.configmaps.${namespace}`);
    const { metadata } = expectJson(answer, 201);
    expect(row!.event).toMatchObject({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      stage: 'ResponseComplete',
      requestURI: path,
      verb: 'create',
      user: {
        username: 'kubernetes-admin',
        groups: expect.arrayContaining(['hawser:cluster-admins', 'system:authenticated']),
      },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'tests/1',
      objectRef: {
        resource: 'configmaps',
        namespace,
        name: 'a',
        uid: metadata.uid,
        apiVersion: 'v1',
        resourceVersion: metadata.resourceVersion,
      },
      responseStatus: { code: 201 },
      annotations: {
        'authorization.k8s.io/decision': 'allow',
        'authorization.k8s.io/reason': expect.stringContaining(
          'RBAC: allowed by ClusterRoleBinding "hawser:cluster-admins"',
        ),
      },
    });
    for (const field of ['requestReceivedTimestamp', 'stageTimestamp'])
      expect(row!.event[field]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(row!.event).not.toHaveProperty('requestObject');
  });

  hub.test('of every verb has one event, a deletion of many too', async (cluster) => {
    const namespace = await cluster.namespace();
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    const created = await cluster.admin.post(collection, configMap('a'));
    const updated = await cluster.admin.put(`${collection}/a`, configMap('a', { x: '1' }));
    const unchanged = await cluster.admin.put(`${collection}/a`, configMap('a', { x: '1' }));
    const patched = await cluster.admin.patch(`${collection}/a`, 'merge', { data: { x: '2' } });
    const dry = await cluster.admin.delete(`${collection}/a?dryRun=All`);
    const deleted = await cluster.admin.delete(`${collection}/a`);
    expectJson(await cluster.admin.post(collection, configMap('b')), 201);
    const all = await cluster.admin.delete(collection);
    const told = [created, updated, unchanged, patched, dry, deleted, all].flatMap((answer) =>
      eventsOf(cluster, answer).map(({ event }) => `${event.verb} ${event.stage}`),
    );
    expect(told).toEqual([
      'create ResponseComplete',
      'update ResponseComplete',
      'update ResponseComplete',
      'patch ResponseComplete',
      'delete ResponseComplete',
      'delete ResponseComplete',
      'deletecollection ResponseComplete',
    ]);
  });

  hub.test('that fails has its event too, with code and reason', async (cluster) => {
    const path = '/api/v1/namespaces/default/configmaps';
    const refused = [
      { answer: await cluster.admin.post(path, configMap('Bad_Name')), code: 422, reason: 'Invalid' },
      { answer: await cluster.admin.post(path, 'no json'), code: 400, reason: 'BadRequest' },
      { answer: await cluster.admin.delete(`${path}/nobody`), code: 404, reason: 'NotFound' },
    ];
    for (const { answer, code, reason } of refused) {
      const [row, ...others] = eventsOf(cluster, answer);
      expect(others).toEqual([]);
      expect(row?.event.responseStatus).toMatchObject({ status: 'Failure', code, reason });
    }
  });

  hub.test('of a subresource names it in objectRef and subject', async (cluster) => {
    const namespace = await cluster.namespace();
    const answer = await cluster.admin.post(`/api/v1/namespaces/${namespace}/serviceaccounts/default/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
    });
    const { token } = expectJson(answer, 201).status;
    const [row] = eventsOf(cluster, answer);
    expect(row!.subject).toBe(`audit.apiserver.create.core.serviceaccounts_token.${namespace}`);
    expect(row!.event.objectRef).toMatchObject({
      resource: 'serviceaccounts',
      subresource: 'token',
      name: 'default',
    });
    expect(row!.event.annotations['authentication.kubernetes.io/issued-credential-id']).toMatch(/^JTI=/);
    expect(JSON.stringify(row)).not.toContain(token.split('.')[2]);
  });
});

describe('a read', () => {
  hub.test('has one event soon after', async (cluster) => {
    const answer = await cluster.admin.get('/api/v1/namespaces?limit=1');
    const { event, subject } = await onlyEventOf(cluster, answer);
    expect(subject).toBe('audit.apiserver.list.core.namespaces.-');
    expect(event).toMatchObject({
      verb: 'list',
      requestURI: '/api/v1/namespaces?limit=1',
      responseStatus: { code: 200 },
    });
  });

  hub.test('that is not about resources has one too', async (cluster) => {
    const { event, subject } = await onlyEventOf(cluster, await cluster.wire().get('/version'));
    expect(subject).toBe('audit.apiserver.get.nonresource.-.-');
    expect(event).toMatchObject({
      user: { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    });
    expect(event).not.toHaveProperty('objectRef');
  });

  hub.test('that goes on has one when it starts and one when it ends', async (cluster) => {
    const watch = await cluster.admin.watch('/api/v1/configmaps?labelSelector=audited%3Dyes');
    const rowsOfWatch = () =>
      readOutbox(cluster.layout).filter(({ event }) => event.requestURI.includes('audited%3Dyes'));
    await eventuallyPasses(() =>
      expect(rowsOfWatch().map(({ event }) => event.stage)).toEqual(['ResponseStarted']),
    );
    watch[Symbol.dispose]();
    const rows = await eventually(() => {
      expect(rowsOfWatch()).toHaveLength(2);
      return rowsOfWatch();
    });
    expect(rows.map(({ event }) => event.stage)).toEqual(['ResponseStarted', 'ResponseComplete']);
    expect(new Set(rows.map(({ event }) => event.auditID)).size).toBe(1);
    expect(rows[0]!.subject).toBe('audit.apiserver.watch.core.configmaps.-');
  });
});

describe('who', () => {
  hub.test('was refused is told: 401 without a user, 403 with the decision', async (cluster) => {
    const unknown = await cluster.wire({ token: 'nonsense' }).get('/api/v1/secrets');
    const { event: stranger } = await onlyEventOf(cluster, unknown);
    expect(stranger).toMatchObject({
      user: { username: '' },
      responseStatus: { code: 401, reason: 'Unauthorized' },
    });
    const jane = cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName: 'jane' }));
    const { event: refused } = await onlyEventOf(cluster, await jane.get('/api/v1/secrets'));
    expect(refused).toMatchObject({
      user: { username: 'jane' },
      responseStatus: { code: 403, reason: 'Forbidden' },
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
    });
  });

  hub.test('acts as somebody else is told beside the other', async (cluster) => {
    const answer = await cluster.admin.get('/version', {
      'impersonate-user': 'jane',
      'impersonate-group': 'developers',
    });
    const { event } = await onlyEventOf(cluster, answer);
    expect(event).toMatchObject({
      user: { username: 'kubernetes-admin' },
      impersonatedUser: { username: 'jane', groups: expect.arrayContaining(['developers']) },
    });
  });

  hub.test("sends an Audit-Id does not choose the event's", async (cluster) => {
    const wanted = '11111111-1111-4111-8111-111111111111';
    const answers = [];
    for (let time = 0; time < 2; time += 1)
      answers.push(await cluster.admin.get('/version', { 'audit-id': wanted }));
    const ids = answers.map(({ headers }) => headers['audit-id']);
    expect(ids).not.toContain(wanted);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('what is never told', () => {
  hub.test('values of Secrets, tokens and keys are in no event and no log', async (cluster) => {
    const namespace = await cluster.namespace();
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    const value = `hidden-${crypto.randomUUID()}`;
    const encoded = Buffer.from(value).toString('base64');
    const body = { metadata: { name: 'a' }, stringData: { password: value } };
    expectJson(await cluster.admin.post(secrets, body), 201);
    expectJson(await cluster.admin.patch(`${secrets}/a`, 'merge', { stringData: { more: value } }));
    expectJson(await cluster.admin.get(`${secrets}/a`));
    await cluster.admin.post(secrets, JSON.stringify(body).slice(0, -1));
    await cluster.admin.post(secrets, { ...body, data: { bad: `${value}!` } });
    const last = await cluster.wire({ token: value }).get('/api/v1/secrets');
    await onlyEventOf(cluster, last);
    const told = JSON.stringify(readOutbox(cluster.layout)) + cluster.service('apiserver').log();
    expect(told).not.toContain(value);
    expect(told).not.toContain(encoded);
    const tokens = expectJson(
      await cluster.admin.post(`/api/v1/namespaces/${namespace}/serviceaccounts/default/token`, {}),
      201,
    ).status.token;
    const answer = await cluster.wire({ token: tokens }).get('/version');
    await onlyEventOf(cluster, answer);
    const after = JSON.stringify(readOutbox(cluster.layout)) + cluster.service('apiserver').log();
    expect(after).not.toContain(tokens.split('.')[2]);
  });

  hub.test('Secrets are not in the clear in any file of the hub', async (cluster) => {
    const namespace = await cluster.namespace();
    const value = `hidden-${crypto.randomUUID()}`;
    const body = { metadata: { name: 'a' }, stringData: { password: value } };
    expectJson(await cluster.admin.post(`/api/v1/namespaces/${namespace}/secrets`, body), 201);
    const files = ['', '-wal'].map((suffix) =>
      readFileSync(stateFile(cluster.layout) + suffix).toString('latin1'),
    );
    for (const file of files) {
      expect(file).not.toContain(value);
      expect(file).not.toContain(Buffer.from(value).toString('base64'));
    }
    expect(files.join('')).toContain('k8s:enc:aesgcm:v1:');
  });
});

describe('one event a request', () => {
  hub.test('however many come at once', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const writes = Array.from({ length: 60 }, (_, index) =>
      cluster.admin.post(path, configMap(`map-${index}`)),
    );
    const reads = Array.from({ length: 60 }, () => cluster.admin.get(path));
    const answers = await Promise.all([...writes, ...reads]);
    const wanted = answers.map(({ headers }) => `${headers['audit-id']}:ResponseComplete`).sort();
    await eventuallyPasses(() => {
      const ids = readOutbox(cluster.layout)
        .filter(({ event }) => event.requestURI === path)
        .map(({ id }) => id)
        .sort();
      expect(ids).toEqual(wanted);
    });
  });

  hub.test('also of those that are on their way when the hub stops', async (cluster) => {
    const answer = await cluster.admin.get('/version', { 'user-agent': 'last-words/1' });
    await cluster.service('apiserver').stop();
    expect(eventsOf(cluster, answer)).toHaveLength(1);
    cluster.service('apiserver').start();
    await cluster.hubReady();
    expect(eventsOf(cluster, answer)).toHaveLength(1);
  });
});
