import { expect } from 'bun:test';
import { statSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { nodeLayout } from '@hawser/config';
import { readAuditStream, type StreamedEvent } from '../cluster/audit-stream.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually } from '../cluster/eventually.ts';
import { authorityOf, issue } from '../cluster/identities.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';

requireBubblewrap();
const suite = shareCluster({ nodes: 1, nats: true });

async function runningPod(cluster: Cluster): Promise<string> {
  const namespace = await cluster.namespace();
  await podThat(cluster, await createPod(cluster, namespace, shellPod('a', 'exec sleep 3600')), isReady);
  return namespace;
}

/** The events of a subject, when so many are in the stream. */
function eventsOn(cluster: Cluster, subject: string, count: number): Promise<StreamedEvent[]> {
  return eventually(async () => {
    const events = (await readAuditStream(cluster)).filter((event) => event.subject === subject);
    expect(events).toHaveLength(count);
    return events;
  }, 30_000);
}

suite.test(
  'an exec leaves its events at the hub and at the kubelet, with both identities',
  async (cluster) => {
    const namespace = await runningPod(cluster);
    const { exitCode } = await cluster.kubectl('1.36', '-n', namespace, 'exec', 'a', '--', 'true');
    expect(exitCode).toBe(0);
    const atHub = await eventsOn(cluster, `audit.apiserver.get.core.pods_exec.${namespace}`, 2);
    const atKubelet = await eventsOn(cluster, `audit.kubelet.create.core.pods_exec.${namespace}`, 2);
    const users = [
      [atHub, 'kubernetes-admin'],
      [atKubelet, 'kube-apiserver-kubelet-client'],
    ] as const;
    expect(atKubelet[0]!.event.annotations).toMatchObject({
      'authorization.k8s.io/decision': 'allow',
      'authorization.k8s.io/reason':
        'RBAC: allowed by ClusterRoleBinding "hawser:kubelet-clients" of ClusterRole "system:kubelet-api-admin" to Group "hawser:kubelet-clients"',
    });
    for (const [events, username] of users) {
      const [started, complete] = events.map(({ event }) => event);
      for (const event of [started, complete])
        expect(event).toMatchObject({
          user: { username },
          objectRef: { resource: 'pods', namespace, name: 'a', subresource: 'exec' },
          requestURI: expect.stringContaining('command=true'),
          responseStatus: { code: 101 },
        });
      expect([started.stage, complete.stage]).toEqual(['ResponseStarted', 'ResponseComplete']);
      expect(events.map(({ id }) => id)).toEqual([
        `${started.auditID}:ResponseStarted`,
        `${started.auditID}:ResponseComplete`,
      ]);
    }
  },
);

suite.test('a caller whom the kubelet refuses leaves an event', async (cluster) => {
  const namespace = `refused-${crypto.randomUUID()}`;
  const client = issue(authorityOf(cluster.layout.pki.ca), { commonName: 'jane' });
  const code = await new Promise<number>((resolve, reject) => {
    const options = {
      host: '127.0.1.1',
      port: cluster.ports.kubelet,
      path: `/containerLogs/${namespace}/a/main`,
      ca: cluster.admin.identity.ca,
      agent: false as const,
    };
    https
      .get({ ...options, ...client }, (response) => resolve(response.resume().statusCode ?? 0))
      .on('error', reject);
  });
  expect(code).toBe(403);
  const [{ event }] = (await eventsOn(cluster, `audit.kubelet.get.core.pods_log.${namespace}`, 1)) as [
    StreamedEvent,
  ];
  expect(event).toMatchObject({
    stage: 'ResponseComplete',
    user: { username: 'jane' },
    responseStatus: { status: 'Failure', reason: 'Forbidden', code: 403 },
    annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' },
  });
});

suite.test(
  'events wait on the node while NATS is away, and through a kill of the kubelet',
  async (cluster) => {
    const namespace = await runningPod(cluster);
    await cluster.kill9('nats');
    expect((await cluster.kubectl('1.36', '-n', namespace, 'exec', 'a', '--', 'true')).exitCode).toBe(0);
    await cluster.kill9('node-1');
    const outbox = join(nodeLayout(cluster.place.home, 'node-1').directory, 'audit');
    expect(statSync(outbox).mode & 0o777).toBe(0o700);
    expect(statSync(join(outbox, 'outbox.db')).mode & 0o777).toBe(0o600);
    await cluster.restart('nats');
    await cluster.restart('node-1');
    const events = await eventually(async () => {
      const all = await readAuditStream(cluster);
      const found = all.filter(
        ({ subject }) => subject === `audit.kubelet.create.core.pods_exec.${namespace}`,
      );
      expect(found.length).toBeGreaterThan(0);
      return found;
    }, 30_000);
    expect(events[0]!.event.stage).toBe('ResponseStarted');
  },
);
