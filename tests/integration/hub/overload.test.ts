import { describe, expect } from 'bun:test';
import { once } from 'node:events';
import tls from 'node:tls';
import type { Cluster } from '../../cluster/cluster.ts';
import { clusterTest, shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { authorityOf, issue } from '../../cluster/identities.ts';
import { configMap } from '../../cluster/objects.ts';
import type { WireClient } from '../../cluster/wire-client.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const LARGE = 'x'.repeat(900 * 1024);

function clientOf(cluster: Cluster, commonName: string, organizations: readonly string[] = []): WireClient {
  return cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName, organizations }));
}

/** Lets a user do what `edit` allows, everywhere. */
async function letEdit(cluster: Cluster, name: string): Promise<void> {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' };
  const binding = { metadata: { name }, roleRef, subjects: [{ kind: 'User', name }] };
  expectJson(await cluster.admin.post(`${RBAC}/clusterrolebindings`, binding), 201);
}

/** A collection whose list is some twenty megabytes: more than any connection holds. */
async function largeList(cluster: Cluster): Promise<string> {
  const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps`;
  for (let index = 0; index < 24; index += 1)
    expectJson(await cluster.admin.post(path, configMap(`map-${index}`, { LARGE })), 201);
  return path;
}

/** Asks for something and does not read the answer. */
async function askAndWait(cluster: Cluster, { identity }: WireClient, path: string): Promise<tls.TLSSocket> {
  const { ca, cert, key } = identity;
  const socket = tls.connect({ host: '127.0.0.1', port: cluster.ports.hub, ca, cert, key });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: hub\r\n\r\n`);
  return socket;
}

const lease = (name: string) => ({
  metadata: { name },
  spec: { holderIdentity: name, leaseDurationSeconds: 40 },
});

describe('with one seat for each priority level', () => {
  const flags = ['--max-requests-inflight=1', '--max-mutating-requests-inflight=0', '--request-timeout=4s'];
  const hub = shareCluster({ flags: { apiserver: flags } });

  hub.test(
    'a user who takes it gets 429 on the next request, and nobody of the system waits',
    async (cluster) => {
      const jane = clientOf(cluster, 'jane');
      const node = clientOf(cluster, 'system:node:n1', ['system:nodes']);
      // The administrator is an ordinary user here.
      const root = clientOf(cluster, 'root', ['system:masters']);
      await letEdit(cluster, 'jane');
      const path = await largeList(cluster);
      const socket = await askAndWait(cluster, jane, path);
      await eventually(async () => {
        const { text } = await root.get('/metrics');
        return /current_executing_requests\{[^}]*flow_schema="global-default"\} 1/.test(text);
      });
      const refused = jane.get('/api/v1/configmaps?limit=1');
      expectJson(await node.post(LEASES, lease('n1')), 201);
      expectJson(await node.get('/api/v1/nodes?fieldSelector=metadata.name%3Dn1'));
      expectJson(await root.get(`${path}/map-1`));
      for (const health of ['/livez', '/readyz', '/healthz'])
        expect((await cluster.wire().get(health)).text).toBe('ok');
      const answer = await refused;
      expect(answer.status).toBe(429);
      expect(answer.headers['retry-after']).toBe('1');
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(answer.text).toBe('Too many requests, please try again later.\n');
      const { text } = await root.get('/metrics');
      const labels = 'priority_level="global-default",flow_schema="global-default",reason="time-out"';
      expect(text).toContain(`apiserver_flowcontrol_rejected_requests_total{${labels}} 1`);
      expect(text).toMatch(/apiserver_current_inflight_requests\{request_kind="readOnly"\} [1-9]/);
      socket.destroy();
    },
  );

  hub.test(
    'an answer that is not taken in time is broken off, and its seat is free again',
    async (cluster) => {
      const joe = clientOf(cluster, 'joe');
      await letEdit(cluster, 'joe');
      const socket = await askAndWait(cluster, joe, await largeList(cluster));
      await eventually(async () => expectJson(await joe.get('/api/v1/configmaps?limit=1')));
      socket.resume();
      if (!socket.destroyed) await once(socket, 'close');
    },
  );

  hub.test('watches and slow bodies hold none', async (cluster) => {
    const jim = clientOf(cluster, 'jim');
    await letEdit(cluster, 'jim');
    const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps`;
    const watches = await Promise.all(Array.from({ length: 5 }, () => jim.watch(path)));
    const { ca, cert, key } = jim.identity;
    const slow = tls.connect({ host: '127.0.0.1', port: cluster.ports.hub, ca, cert, key });
    await once(slow, 'secureConnect');
    const head = `POST ${path} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`;
    await new Promise((resolve) => slow.write(head, resolve));
    expectJson(await jim.post(path, configMap('a')), 201);
    for (const watch of watches) {
      expect(await watch.nextNames(1)).toEqual(['ADDED a']);
      watch[Symbol.dispose]();
    }
    slow.destroy();
  });
});

describe('time limits', () => {
  const hub = shareCluster({ flags: { apiserver: ['--request-timeout=1s', '--min-request-timeout=1'] } });

  hub.test('a body that does not come in time is a 504', async (cluster) => {
    const { ca, cert, key } = cluster.admin.identity;
    const socket = tls.connect({ host: '127.0.0.1', port: cluster.ports.hub, ca, cert, key });
    await once(socket, 'secureConnect');
    const head = 'Host: hub\r\nContent-Type: application/json\r\nContent-Length: 50';
    socket.write(`POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\n${head}\r\n\r\n{`);
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toStartWith('HTTP/1.1 504 ');
    expect(text).toContain('"reason":"Timeout"');
    expect(text).toContain('"message":"Timeout: request did not complete within the allotted timeout"');
    socket.destroy();
  });

  hub.test('a timeout that is none is a 400, and says so', async (cluster) => {
    const answer = await cluster.admin.get('/api/v1/configmaps?timeout=soon');
    expect(expectFailure(answer, 400, 'BadRequest').message).toBe(
      'invalid timeout specified in the request URL - time: invalid duration "soon"',
    );
    expectJson(await cluster.admin.get('/api/v1/configmaps?timeout=5m'));
  });

  hub.test('a watch outlives them, and ends when the least time has passed', async (cluster) => {
    using watch = await cluster.admin.watch('/api/v1/configmaps?timeout=soon&resourceVersion=0');
    await watch.end(5_000);
    expect(watch.ended || (await watch.next()).type === 'ADDED').toBe(true);
  });
});

clusterTest(
  'beside two hundred connections that list and create, a node renews its lease in time',
  {},
  async (cluster) => {
    const node = clientOf(cluster, 'system:node:n1', ['system:nodes']);
    expectJson(await node.post(LEASES, lease('n1')), 201);
    await letEdit(cluster, 'jane');
    const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps`;
    const names = Array.from({ length: 500 }, (_, index) => `map-${index}`);
    await Promise.all(
      names.map((name) => cluster.admin.post(path, configMap(name, { text: 'x'.repeat(500) }))),
    );
    const flood = Bun.spawn(
      [
        ...[process.execPath, `${import.meta.dir}/../../../bench/flood.ts`],
        ...['--kubeconfig', cluster.layout.adminKubeconfig, '--as', 'jane', '--seconds', '4'],
        ...['--list', `${path}?labelSelector=a%3Db`, '--create', path],
      ],
      { stdout: 'pipe', stderr: 'inherit' },
    );
    const reader = flood.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('flooding');
    const times: number[] = [];
    let over = false as boolean;
    const end = reader.read().then(({ value }) => {
      over = true;
      return JSON.parse(new TextDecoder().decode(value)) as Record<string, number>;
    });
    while (!over) {
      const began = performance.now();
      const renewTime = new Date().toISOString().replace('Z', '000Z');
      expectJson(await node.patch(`${LEASES}/n1`, 'merge', { spec: { renewTime } }));
      times.push(performance.now() - began);
    }
    const codes = await end;
    expect(Object.keys(codes).filter((code) => !['200', '201', '429'].includes(code))).toEqual([]);
    times.sort((a, b) => a - b);
    expect(times.length).toBeGreaterThan(10);
    // Alone a renewal takes a few milliseconds; a lease lasts forty seconds.
    expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(1_000);
  },
);
