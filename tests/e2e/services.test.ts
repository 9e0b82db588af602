import { describe, expect } from 'bun:test';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, hasPhase, logOf, podThat } from '../cluster/pods.ts';
import { KUBECTL_VERSIONS, requireBubblewrap } from '../cluster/required-tools.ts';
import type { Json } from '../cluster/wire-client.ts';

requireBubblewrap();
const suite = shareCluster({ nodes: 1 });

async function conditionsIn(cluster: Cluster, namespace: string, name: string): Promise<Json[]> {
  const query = `?labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${name}`)}`;
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices${query}`;
  const { items } = expectJson(await cluster.admin.get(path));
  return items.flatMap(({ endpoints }: Json) => endpoints);
}

describe('a Service', () => {
  suite.test('has a real pod in its slice, ready when that is', async (cluster) => {
    const namespace = await cluster.namespace();
    const gate = `/tmp/hawser-test-gate-${crypto.randomUUID()}`;
    const pod = shellPod('web', 'exec sleep 3600', {
      metadata: { labels: { app: 'web' } },
      volumes: [{ name: 'gate', hostPath: { path: gate, type: 'DirectoryOrCreate' } }],
      container: {
        ports: [{ name: 'http', containerPort: 8080 }],
        volumeMounts: [{ name: 'gate', mountPath: '/gate' }],
        readinessProbe: { exec: { command: ['test', '-e', '/gate/open'] }, periodSeconds: 1 },
      },
    });
    const path = await createPod(cluster, namespace, pod);
    const service = {
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
    };
    expectJson(await cluster.admin.post(`/api/v1/namespaces/${namespace}/services`, service), 201);
    await podThat(cluster, path, hasPhase('Running'));
    const [waiting] = await eventually(async () => {
      const endpoints = await conditionsIn(cluster, namespace, 'web');
      return endpoints.length > 0 && endpoints;
    });
    expect(waiting).toMatchObject({
      addresses: ['127.0.1.1'],
      conditions: { ready: false, serving: false, terminating: false },
      nodeName: 'node-1',
      targetRef: { kind: 'Pod', name: 'web', namespace },
    });
    await Bun.write(`${gate}/open`, '');
    await eventually(async () => (await conditionsIn(cluster, namespace, 'web'))[0]?.conditions.ready);
    const endpoints = expectJson(await cluster.admin.get(`/api/v1/namespaces/${namespace}/endpoints/web`));
    expect(endpoints.subsets[0]).toMatchObject({
      addresses: [{ ip: '127.0.1.1' }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    });
    expectJson(await cluster.admin.delete(path));
    await eventually(async () => (await conditionsIn(cluster, namespace, 'web')).length === 0);
    await Bun.$`rm -r ${gate}`.quiet();
  });

  suite.test('is in the environment of pods that start after it', async (cluster) => {
    const namespace = await cluster.namespace();
    const service = { metadata: { name: 'my-db' }, spec: { ports: [{ name: 'sql', port: 5432 }] } };
    const made = expectJson(
      await cluster.admin.post(`/api/v1/namespaces/${namespace}/services`, service),
      201,
    );
    const script = 'echo $MY_DB_SERVICE_HOST $MY_DB_SERVICE_PORT_SQL $MY_DB_PORT $KUBERNETES_SERVICE_HOST';
    const run = async (name: string, spec: Json = {}) => {
      const path = await createPod(
        cluster,
        namespace,
        shellPod(name, script, { restartPolicy: 'Never', ...spec }),
      );
      await podThat(cluster, path, hasPhase('Succeeded'));
      return (await logOf(cluster, path)).trim();
    };
    const { clusterIP } = made.spec;
    // The kubelet learns of Services by a watch of its own.
    const linked = await eventually(async () => {
      const printed = await run(`linked-${crypto.randomUUID().slice(0, 5)}`);
      return printed !== '127.0.0.1' && printed;
    });
    expect(linked).toBe(`${clusterIP} 5432 tcp://${clusterIP}:5432 127.0.0.1`);
    expect(await run('unlinked', { enableServiceLinks: false })).toBe('127.0.0.1');
  });
});

for (const version of KUBECTL_VERSIONS)
  suite.test(`kubectl ${version} exposes, shows, describes and changes Services`, async (cluster) => {
    const namespace = await cluster.namespace();
    const kubectl = async (...args: string[]) => {
      const result = await cluster.kubectl(version, '-n', namespace, ...args);
      expect({ args, exitCode: result.exitCode, stderr: result.exitCode === 0 ? '' : result.stderr }).toEqual(
        {
          args,
          exitCode: 0,
          stderr: '',
        },
      );
      return result.stdout;
    };
    const pod = shellPod('web', 'exec sleep 3600', { metadata: { labels: { app: 'web' } } });
    await createPod(cluster, namespace, pod);
    expect(await kubectl('expose', 'pod', 'web', '--port=80', '--target-port=8080')).toBe(
      'service/web exposed\n',
    );
    await kubectl('create', 'service', 'nodeport', 'np', '--tcp=80:8080', '--node-port=30077');
    await kubectl('create', 'service', 'externalname', 'ext', '--external-name=example.com');
    await kubectl('create', 'service', 'clusterip', 'headless', '--clusterip=None');
    await eventuallyPasses(async () => {
      const [header, ...rows] = (await kubectl('get', 'svc')).trimEnd().split('\n');
      expect(header).toMatch(/^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE$/);
      expect(
        rows.map((row) =>
          row
            .replace(/ +\S+$/, '')
            .replace(/10\.96\.\S+/, 'IP')
            .replace(/ +/g, ' '),
        ),
      ).toEqual([
        'ext ExternalName <none> example.com <none>',
        'headless ClusterIP None <none> <none>',
        'np NodePort IP <none> 80:30077/TCP',
        'web ClusterIP IP <none> 80/TCP',
      ]);
    });
    await eventuallyPasses(async () => {
      expect(await kubectl('get', 'endpointslices')).toMatch(/^web-\S+ +IPv4 +8080 +127\.0\.1\.1 +\S+$/m);
      expect(await kubectl('describe', 'svc', 'web')).toMatch(/^Endpoints: +127\.0\.1\.1:8080$/m);
    });
    await kubectl('patch', 'svc', 'web', '-p', '{"spec":{"type":"NodePort"}}');
    expect(await kubectl('get', 'svc', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}')).toMatch(
      /^3\d{4}$/,
    );
    await kubectl('set', 'selector', 'svc', 'web', 'app=other');
    await eventuallyPasses(async () =>
      expect(await kubectl('get', 'endpointslices', '-l', 'kubernetes.io/service-name=web')).toContain(
        '<unset>',
      ),
    );
    await kubectl('delete', 'svc', '--all');
    expect(await kubectl('get', 'svc', '-o', 'name')).toBe('');
  });
