import { describe, expect } from 'bun:test';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectFailure, expectJson } from '../cluster/expectations.ts';
import { configMap, shellPod } from '../cluster/objects.ts';
import { createPod, hasPhase, isReady, logOf, podThat } from '../cluster/pods.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';
import type { Json } from '../cluster/wire-client.ts';

requireBubblewrap();
const suite = shareCluster({ nodes: 1 });
/** Runs a script to its end and gives what it printed. */
async function outputOf(
  cluster: Cluster,
  namespace: string,
  script: string,
  spec: Json = {},
): Promise<string> {
  const name = `run-${crypto.randomUUID().slice(0, 8)}`;
  const path = await createPod(
    cluster,
    namespace,
    shellPod(name, script, { restartPolicy: 'Never', ...spec }),
  );
  const pod = await podThat(
    cluster,
    path,
    ({ status }) => status.phase === 'Succeeded' || status.phase === 'Failed',
  );
  const log = await logOf(cluster, path);
  expect(`${pod.status.phase}: ${log}`).toStartWith('Succeeded');
  return log;
}

describe('logs', () => {
  const numbers = 'for i in 1 2 3 4 5; do echo line $i; done; exec sleep 3600';

  suite.test('--tail, --timestamps, --since and --limit-bytes choose what is shown', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await createPod(cluster, namespace, shellPod('a', numbers));
    await podThat(cluster, path, isReady);
    const logs = async (...args: string[]) =>
      (await cluster.kubectl('1.36', '-n', namespace, 'logs', 'a', ...args)).stdout;
    await eventuallyPasses(async () => expect(await logs()).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n'));
    expect(await logs('--tail=2')).toBe('line 4\nline 5\n');
    expect(await logs('--tail=0')).toBe('');
    expect(await logs('--limit-bytes=10')).toBe('line 1\nlin');
    expect(await logs('--since=1h')).toContain('line 1');
    const stamped = (await logs('--timestamps')).trimEnd().split('\n');
    for (const [index, line] of stamped.entries())
      expect(line).toMatch(
        new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z line ${index + 1}$`),
      );
    const future = new Date(Date.now() + 60_000).toISOString();
    expect(await logs(`--since-time=${future}`)).toBe('');
  });

  for (const version of ['1.36', '1.30'] as const) {
    suite.test(
      `-f with kubectl ${version} shows lines as they come and ends with the container`,
      async (cluster) => {
        const namespace = await cluster.namespace();
        const gate = `/tmp/hawser-test-gate-${crypto.randomUUID()}`;
        const script = 'echo before; until [ -e /gate/open ]; do sleep 0.05; done; echo after; exit 0';
        const spec = {
          restartPolicy: 'Never',
          volumes: [{ name: 'gate', hostPath: { path: gate, type: 'DirectoryOrCreate' } }],
          container: { volumeMounts: [{ name: 'gate', mountPath: '/gate' }] },
        };
        const path = await createPod(cluster, namespace, shellPod('a', script, spec));
        await podThat(cluster, path, hasPhase('Running'));
        await using logs = cluster.startKubectl(version, '-n', namespace, 'logs', '-f', 'a');
        await eventuallyPasses(() => expect(logs.stdout).toBe('before\n'));
        await Bun.write(`${gate}/open`, '');
        const ended = await logs.ended();
        expect(ended).toMatchObject({ exitCode: 0, stdout: 'before\nafter\n' });
        await Bun.$`rm -r ${gate}`.quiet();
      },
    );
  }

  suite.test('--previous shows the run before; without one it is a 400', async (cluster) => {
    const namespace = await cluster.namespace();
    const script =
      'if [ -e /scratch/mark ]; then echo second; exec sleep 3600; fi; touch /scratch/mark; echo first; exit 3';
    const spec = {
      volumes: [{ name: 'scratch', emptyDir: {} }],
      container: { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] },
    };
    const path = await createPod(cluster, namespace, shellPod('a', script, spec));
    await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('second\n'));
    expect(await logOf(cluster, path, '?previous=true')).toBe('first\n');
    const other = await createPod(cluster, namespace, shellPod('b', 'exec sleep 3600'));
    await podThat(cluster, other, isReady);
    const status = expectFailure(await cluster.admin.get(`${other}/log?previous=true`), 400, 'BadRequest');
    expect(status.message).toContain('previous terminated container "main" in pod "b" not found');
  });

  suite.test(
    'of one container among several, by name or default-container; otherwise a 400 names them',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const containers = ['one', 'two'].map((name) => ({
        name,
        image: 'host',
        command: ['/bin/sh', '-c', `echo ${name}; exec sleep 3600`],
      }));
      const body = { metadata: { name: 'a' }, spec: { terminationGracePeriodSeconds: 1, containers } };
      const path = await createPod(cluster, namespace, body);
      await podThat(cluster, path, isReady);
      await eventuallyPasses(async () => expect(await logOf(cluster, path, '?container=two')).toBe('two\n'));
      const status = expectFailure(await cluster.admin.get(`${path}/log`), 400, 'BadRequest');
      expect(status.message).toBe('a container name must be specified for pod a, choose one of: [one two]');
      expectFailure(await cluster.admin.get(`${path}/log?container=three`), 400, 'BadRequest');
    },
  );

  suite.test('a million lines come whole and in order', async (cluster) => {
    const namespace = await cluster.namespace();
    const script = 'seq 1 200000';
    const path = await createPod(cluster, namespace, shellPod('a', script, { restartPolicy: 'Never' }));
    await podThat(cluster, path, hasPhase('Succeeded'), 30_000);
    const lines = (await logOf(cluster, path)).trimEnd().split('\n');
    expect(lines).toHaveLength(200_000);
    expect(lines.findIndex((line, index) => line !== `${index + 1}`)).toBe(-1);
  });
});

describe('what a container is given', () => {
  suite.test('environment: values, expansions, ConfigMaps, Secrets, the pod itself', async (cluster) => {
    const namespace = await cluster.namespace();
    const at = `/api/v1/namespaces/${namespace}`;
    expectJson(
      await cluster.admin.post(`${at}/configmaps`, configMap('settings', { COLOR: 'green', SIZE: '5' })),
      201,
    );
    expectJson(
      await cluster.admin.post(`${at}/secrets`, {
        metadata: { name: 'login' },
        stringData: { password: 'hunter2' },
      }),
      201,
    );
    const env = [
      { name: 'PLAIN', value: 'a b' },
      { name: 'EXPANDED', value: '$(PLAIN) and $(MISSING) and $$(PLAIN)' },
      { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
      { name: 'ONE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'COLOR' } } },
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ];
    const script =
      'echo "$PLAIN|$EXPANDED|$SECRET|$ONE|$NODE|$P_SIZE|$KUBERNETES_SERVICE_HOST"; test "$POD" = "$HOSTNAME"';
    const container = { env, envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }] };
    const output = await outputOf(cluster, namespace, script, { container });
    expect(output).toBe('a b|a b and $(MISSING) and $(PLAIN)|hunter2|green|node-1|5|127.0.0.1\n');
  });

  suite.test('arguments, working directory and expansion in both', async (cluster) => {
    const namespace = await cluster.namespace();
    const container = {
      command: ['/bin/sh', '-c', 'pwd; echo "$0 $1"'],
      args: ['$(NAME)', 'two'],
      workingDir: '/usr',
      env: [{ name: 'NAME', value: 'one' }],
    };
    expect(await outputOf(cluster, namespace, '', { container })).toBe('/usr\none two\n');
  });

  suite.test('volumes at their mount paths: ConfigMap, Secret, emptyDir, projected', async (cluster) => {
    const namespace = await cluster.namespace();
    const at = `/api/v1/namespaces/${namespace}`;
    expectJson(
      await cluster.admin.post(`${at}/configmaps`, configMap('files', { 'a.txt': 'A', 'b.txt': 'B' })),
      201,
    );
    expectJson(
      await cluster.admin.post(`${at}/secrets`, {
        metadata: { name: 'login' },
        stringData: { password: 'hunter2' },
      }),
      201,
    );
    const volumes = [
      { name: 'config', configMap: { name: 'files', items: [{ key: 'a.txt', path: 'sub/renamed.txt' }] } },
      { name: 'secret', secret: { secretName: 'login', defaultMode: 0o400 } },
      { name: 'scratch', emptyDir: {} },
      {
        name: 'all',
        projected: {
          sources: [
            { configMap: { name: 'files' } },
            { secret: { name: 'login' } },
            { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          ],
        },
      },
    ];
    const volumeMounts = [
      { name: 'config', mountPath: '/etc/config' },
      { name: 'secret', mountPath: '/etc/secret', readOnly: true },
      { name: 'scratch', mountPath: '/scratch' },
      { name: 'all', mountPath: '/all' },
    ];
    const script = [
      'cat /etc/config/sub/renamed.txt; echo',
      'ls /etc/config',
      'cat /etc/secret/password; echo',
      'stat -L -c %a /etc/secret/password',
      'echo kept > /scratch/file && cat /scratch/file',
      'cat /all/b.txt /all/password /all/labels',
    ].join('; ');
    const output = await outputOf(cluster, namespace, script, {
      volumes,
      metadata: { labels: { tier: 'front' } },
      container: { volumeMounts },
    });
    expect(output.trimEnd().split('\n')).toEqual([
      'A',
      'sub',
      'hunter2',
      '400',
      'kept',
      'Bhunter2tier="front"',
    ]);
  });

  suite.test('a volume follows its ConfigMap while the pod runs', async (cluster) => {
    const namespace = await cluster.namespace();
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    expectJson(await cluster.admin.post(maps, configMap('live', { value: 'first' })), 201);
    const script =
      'last=; while :; do now=$(cat /live/value); [ "$now" = "$last" ] || echo $now; last=$now; sleep 0.1; done';
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', script, {
        volumes: [{ name: 'live', configMap: { name: 'live' } }],
        container: { volumeMounts: [{ name: 'live', mountPath: '/live' }] },
      }),
    );
    await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('first\n'));
    expectJson(await cluster.admin.patch(`${maps}/live`, 'merge', { data: { value: 'second' } }));
    await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('first\nsecond\n'), 30_000);
  });

  suite.test(
    'its service account: a token with which the hub knows it, the root certificate, the namespace',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const script =
        'cd /var/run/secrets/kubernetes.io/serviceaccount && cat namespace && echo && cat token && echo && cat ca.crt';
      const output = await outputOf(cluster, namespace, script);
      const [shown, token, ...ca] = output.split('\n');
      expect(shown).toBe(namespace);
      expect(ca.join('\n').trim()).toBe(cluster.admin.identity.ca.trim());
      const claims = JSON.parse(Buffer.from(token!.split('.')[1]!, 'base64url').toString());
      expect(claims.sub).toBe(`system:serviceaccount:${namespace}:default`);
      expect(claims['kubernetes.io'].node.name).toBe('node-1');
    },
  );

  suite.test('that token reaches the hub from within the pod, over a verified link', async (cluster) => {
    const namespace = await cluster.namespace();
    const account = '/var/run/secrets/kubernetes.io/serviceaccount';
    const program = `
      const read = (name) => Bun.file('${account}/' + name).text();
      const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
      const answer = await fetch('https://' + host + ':' + port + '/api/v1/namespaces/${namespace}/pods', {
        headers: { authorization: 'Bearer ' + (await read('token')) },
        tls: { ca: await read('ca.crt') },
      });
      console.log(await answer.text());`;
    // Wherever Bun lies on this machine: a container sees the system's programs only.
    const volumes = [{ name: 'bun', hostPath: { path: realpathSync(process.execPath), type: 'File' } }];
    const volumeMounts = [{ name: 'bun', mountPath: '/bun', readOnly: true }];
    const container = { command: ['/bun', '-e', program], volumeMounts };
    const log = await outputOf(cluster, namespace, '', { container, volumes });
    expect(JSON.parse(log).message).toContain(
      `User "system:serviceaccount:${namespace}:default" cannot list resource "pods"`,
    );
  });
});

describe('a claim', () => {
  suite.test('is mounted once it is bound, and keeps what pods write there', async (cluster) => {
    const namespace = await cluster.namespace();
    const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    const terms = { accessModes: ['ReadWriteOnce'], storageClassName: namespace };
    const resources = { requests: { storage: '1Mi' } };
    expectJson(
      await cluster.admin.post(claims, { metadata: { name: 'data' }, spec: { ...terms, resources } }),
      201,
    );
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
    const container = { volumeMounts: [{ name: 'v', mountPath: '/data' }] };
    const writing = outputOf(cluster, namespace, 'echo kept > /data/file', { volumes, container });
    // It waits for the volume, which comes only now.
    const path = mkdtempSync(join(tmpdir(), 'claimed-'));
    const volume = { ...terms, capacity: { storage: '1Mi' }, hostPath: { path, type: 'Directory' } };
    expectJson(
      await cluster.admin.post('/api/v1/persistentvolumes', { metadata: { name: namespace }, spec: volume }),
      201,
    );
    await writing;
    const readOnly = [{ name: 'v', persistentVolumeClaim: { claimName: 'data', readOnly: true } }];
    const script = 'cat /data/file; echo x 2>/dev/null > /data/file || echo read-only';
    expect(await outputOf(cluster, namespace, script, { volumes: readOnly, container })).toBe(
      'kept\nread-only\n',
    );
    rmSync(path, { recursive: true });
  });
});

describe('a container that ends', () => {
  suite.test('is not started again with restartPolicy Never, and its exit code is told', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await createPod(cluster, namespace, shellPod('a', 'exit 7', { restartPolicy: 'Never' }));
    const pod = await podThat(cluster, path, hasPhase('Failed'));
    expect(pod.status.containerStatuses[0]).toMatchObject({
      restartCount: 0,
      state: { terminated: { exitCode: 7, reason: 'Error' } },
    });
  });

  suite.test('well is Completed with OnFailure', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await createPod(cluster, namespace, shellPod('a', 'exit 0', { restartPolicy: 'OnFailure' }));
    const pod = await podThat(cluster, path, hasPhase('Succeeded'));
    expect(pod.status.containerStatuses[0]).toMatchObject({
      restartCount: 0,
      state: { terminated: { exitCode: 0, reason: 'Completed' } },
    });
  });

  suite.test('again and again waits in CrashLoopBackOff', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await createPod(cluster, namespace, shellPod('a', 'exit 1'));
    const pod = await podThat(
      cluster,
      path,
      ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff',
    );
    const [status] = pod.status.containerStatuses;
    expect(status.restartCount).toBeGreaterThanOrEqual(1);
    expect(status.lastState.terminated.exitCode).toBe(1);
    expect(status.state.waiting.message).toContain('back-off 10s restarting failed container=main');
    const { stdout } = await cluster.kubectl('1.36', '-n', namespace, 'get', 'pods');
    expect(stdout).toMatch(/^a +0\/1 +CrashLoopBackOff +1 \(\d+s ago\)/m);
  });

  suite.test('by a signal tells which', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', 'kill -SEGV $$$$', { restartPolicy: 'Never' }),
    );
    const pod = await podThat(cluster, path, hasPhase('Failed'));
    expect(pod.status.containerStatuses[0].state.terminated.exitCode).toBe(139);
  });

  suite.test('leaves what it wrote to its termination message', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', 'echo last words > /dev/termination-log; exit 1', { restartPolicy: 'Never' }),
    );
    const pod = await podThat(cluster, path, hasPhase('Failed'));
    expect(pod.status.containerStatuses[0].state.terminated.message).toBe('last words\n');
  });
});

describe('init containers', () => {
  const init = (name: string, script: string) => ({
    name,
    image: 'host',
    command: ['/bin/sh', '-c', script],
    volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
  });
  const shared = {
    volumes: [{ name: 'shared', emptyDir: {} }],
    container: { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] },
  };

  suite.test('run one after another before the rest', async (cluster) => {
    const namespace = await cluster.namespace();
    const initContainers = [
      init('one', 'echo one >> /shared/order'),
      init('two', 'echo two >> /shared/order'),
    ];
    const output = await outputOf(cluster, namespace, 'cat /shared/order; echo main', {
      ...shared,
      initContainers,
    });
    expect(output).toBe('one\ntwo\nmain\n');
  });

  suite.test('that fail keep the rest from starting, and with Never fail the pod', async (cluster) => {
    const namespace = await cluster.namespace();
    const initContainers = [init('bad', 'exit 4')];
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', 'echo never', { ...shared, initContainers, restartPolicy: 'Never' }),
    );
    const pod = await podThat(cluster, path, hasPhase('Failed'));
    expect(pod.status.initContainerStatuses[0].state.terminated.exitCode).toBe(4);
    expect(pod.status.containerStatuses[0].state.waiting.reason).toBe('PodInitializing');
    const { stdout } = await cluster.kubectl('1.36', '-n', namespace, 'get', 'pods');
    expect(stdout).toMatch(/^a +0\/1 +Init:Error/m);
  });
});

describe('probes', () => {
  suite.test('a liveness probe that fails has the container started again', async (cluster) => {
    const namespace = await cluster.namespace();
    const livenessProbe = { exec: { command: ['/bin/false'] }, periodSeconds: 1, failureThreshold: 1 };
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', 'exec sleep 3600', { container: { livenessProbe } }),
    );
    await podThat(
      cluster,
      path,
      (pod) => (pod.status.containerStatuses?.[0]?.restartCount ?? 0) >= 1,
      30_000,
    );
    await eventuallyPasses(async () => {
      const { stdout } = await cluster.kubectl('1.36', '-n', namespace, 'get', 'events');
      expect(stdout).toMatch(/Unhealthy +pod\/a +Liveness probe failed/);
    });
  });

  suite.test('a readiness probe decides on Ready, and does not restart', async (cluster) => {
    const namespace = await cluster.namespace();
    const readinessProbe = { exec: { command: ['test', '-e', '/scratch/ready'] }, periodSeconds: 1 };
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', 'until [ -e /scratch/go ]; do sleep 0.1; done; touch /scratch/ready; exec sleep 3600', {
        volumes: [{ name: 'scratch', emptyDir: {} }],
        container: { readinessProbe, volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] },
      }),
    );
    const pod = await podThat(cluster, path, hasPhase('Running'));
    expect(isReady(pod)).toBe(false);
    const directory = `${cluster.layout.nodes}/node-1/pods/${pod.metadata.uid}/volumes/kubernetes.io~empty-dir/scratch`;
    expect(existsSync(directory)).toBe(true);
    await Bun.write(`${directory}/go`, '');
    const ready = await podThat(cluster, path, isReady);
    expect(ready.status.containerStatuses[0]).toMatchObject({ restartCount: 0, ready: true, started: true });
  });

  suite.test('a startup probe holds the others back', async (cluster) => {
    const namespace = await cluster.namespace();
    const startupProbe = { exec: { command: ['/bin/false'] }, periodSeconds: 1, failureThreshold: 60 };
    const readinessProbe = { exec: { command: ['/bin/true'] }, periodSeconds: 1 };
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', 'exec sleep 3600', { container: { startupProbe, readinessProbe } }),
    );
    await eventuallyPasses(async () => {
      const { stdout } = await cluster.kubectl('1.36', '-n', namespace, 'get', 'events');
      expect(stdout).toMatch(/Unhealthy +pod\/a +Startup probe failed/);
    });
    const pod = expectJson(await cluster.admin.get(path));
    expect(pod.status.containerStatuses[0]).toMatchObject({ started: false, ready: false, restartCount: 0 });
  });
});

describe('deletion', () => {
  suite.test('gives a container time to end as it likes', async (cluster) => {
    const namespace = await cluster.namespace();
    const script =
      "exec perl -e '$| = 1; $SIG{TERM} = sub { print qq{asked to stop\\n}; exit 0 }; print qq{up\\n}; sleep 1 while 1'";
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', script, { terminationGracePeriodSeconds: 30 }),
    );
    await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('up\n'));
    await using logs = cluster.startKubectl('1.36', '-n', namespace, 'logs', '-f', 'a');
    await eventuallyPasses(() => expect(logs.stdout).toBe('up\n'));
    const startMs = performance.now();
    expectJson(await cluster.admin.delete(path));
    await eventually(async () => (await cluster.admin.get(path)).status === 404);
    expect(performance.now() - startMs).toBeLessThan(10_000);
    await logs.ended();
    expect(logs.stdout).toBe('up\nasked to stop\n');
  });

  suite.test('kills one that does not heed, when its time is up', async (cluster) => {
    const namespace = await cluster.namespace();
    const script = 'trap "" TERM; echo up; while :; do sleep 0.1; done';
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', script, { terminationGracePeriodSeconds: 1 }),
    );
    await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('up\n'));
    expectJson(await cluster.admin.delete(path));
    await eventually(async () => (await cluster.admin.get(path)).status === 404);
  });
});

describe('what cannot run', () => {
  suite.test('a container without a command says so', async (cluster) => {
    const namespace = await cluster.namespace();
    const body = { metadata: { name: 'a' }, spec: { containers: [{ name: 'main', image: 'nginx' }] } };
    const path = await createPod(cluster, namespace, body);
    const pod = await podThat(
      cluster,
      path,
      ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerError',
    );
    expect(pod.status.containerStatuses[0].state.waiting.message).toContain('command');
  });

  suite.test('a ConfigMap that is not there is a CreateContainerConfigError until it is', async (cluster) => {
    const namespace = await cluster.namespace();
    const container = { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'late', key: 'a' } } }] };
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', 'echo $A; exec sleep 3600', { container }),
    );
    await podThat(
      cluster,
      path,
      ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    expectJson(
      await cluster.admin.post(
        `/api/v1/namespaces/${namespace}/configmaps`,
        configMap('late', { a: 'here' }),
      ),
      201,
    );
    await podThat(cluster, path, isReady, 30_000);
    await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('here\n'));
  });

  suite.test('a pod that no node takes stays Pending, and an event tells why', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', 'true', { nodeSelector: { disk: 'ssd' } }),
    );
    await eventuallyPasses(async () => {
      const { stdout } = await cluster.kubectl('1.36', '-n', namespace, 'get', 'events');
      expect(stdout).toMatch(/FailedScheduling +pod\/a +0\/1 nodes are available/);
    });
    expect(expectJson(await cluster.admin.get(path)).status.phase).toBe('Pending');
    expectJson(
      await cluster.admin.patch('/api/v1/nodes/node-1', 'merge', { metadata: { labels: { disk: 'ssd' } } }),
    );
    await podThat(cluster, path, ({ spec }) => spec.nodeName === 'node-1');
  });

  suite.test('more than the node has is not scheduled', async (cluster) => {
    const namespace = await cluster.namespace();
    const container = { resources: { requests: { cpu: '1000' } } };
    await createPod(cluster, namespace, shellPod('a', 'true', { container }));
    await eventuallyPasses(async () => {
      const { stdout } = await cluster.kubectl('1.36', '-n', namespace, 'get', 'events');
      expect(stdout).toMatch(/FailedScheduling +pod\/a .*Insufficient cpu/);
    });
  });
});
