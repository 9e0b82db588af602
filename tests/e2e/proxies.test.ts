import { expect } from 'bun:test';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';

requireBubblewrap();
const suite = shareCluster({ nodes: 1 });

/** Answers every request over HTTP with one line. */
const SERVER = [
  'use IO::Socket::INET;',
  '$s = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Listen => 9, ReuseAddr => 1) or die $!;',
  'while ($c = $s->accept) {',
  '  while (($l = <$c>) =~ /\\S/) { $p = $1 if $l =~ /^GET (\\S+)/ }',
  '  $b = "from the pod $p"; print $c "HTTP/1.1 200 OK\\r\\nContent-Length: " . length($b) . "\\r\\n\\r\\n$b"; close $c',
  '}',
].join(' ');

suite.test('a Service is reached through its endpoints, a pod by its address', async (cluster) => {
  const namespace = await cluster.namespace();
  const port = cluster.ports.kubelet + 7;
  const script = `exec perl -e '${SERVER}' $IP ${port}`;
  const env = [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }];
  const path = await createPod(
    cluster,
    namespace,
    shellPod('web', script, {
      metadata: { labels: { app: 'web' } },
      container: { env, ports: [{ name: 'http', containerPort: port }] },
    }),
  );
  await podThat(cluster, path, isReady);
  const services = `/api/v1/namespaces/${namespace}/services`;
  const spec = { selector: { app: 'web' }, ports: [{ name: 'web', port: 80, targetPort: 'http' }] };
  expectJson(await cluster.admin.post(services, { metadata: { name: 'web' }, spec }), 201);
  const raw = async (asked: string) => {
    const { stdout, stderr } = await cluster.kubectl('1.36', 'get', '--raw', asked);
    return stdout + stderr;
  };
  await eventuallyPasses(async () => {
    expect(await raw(`${services}/web:web/proxy/x?y=1`)).toBe('from the pod /x?y=1');
  });
  expect(await raw(`${services}/web:80/proxy/`)).toBe('from the pod /');
  expect(await raw(`${path}/proxy/z`)).toBe('from the pod /z');
});

suite.test('a node is reached at its kubelet', async (cluster) => {
  const { stdout } = await cluster.kubectl('1.36', 'get', '--raw', '/api/v1/nodes/node-1/proxy/pods');
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'PodList' });
  const metrics = await cluster.kubectl('1.36', 'get', '--raw', '/api/v1/nodes/node-1/proxy/metrics');
  expect(metrics.stdout).toContain('# TYPE ');
});
