import { describe, expect } from 'bun:test';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, hasPhase, isReady, logOf, podThat } from '../cluster/pods.ts';
import { KUBECTL_VERSIONS, requireBubblewrap, requireCurl } from '../cluster/required-tools.ts';

requireBubblewrap();
requireCurl();
const suite = shareCluster({ nodes: 1 });

/** As the documents have it ("Accessing the Kubernetes API from a Pod"), but for the port: nothing serves 443 here. */
const DOCUMENTED = `
  APISERVER=https://kubernetes.default.svc:$KUBERNETES_SERVICE_PORT
  SERVICEACCOUNT=/var/run/secrets/kubernetes.io/serviceaccount
  NAMESPACE=$(cat \${SERVICEACCOUNT}/namespace)
  TOKEN=$(cat \${SERVICEACCOUNT}/token)
  CACERT=\${SERVICEACCOUNT}/ca.crt
`;
const curl = (path: string) =>
  `curl -sS --cacert \${CACERT} --header "Authorization: Bearer \${TOKEN}" -X GET \${APISERVER}${path}`;

/** The pod's own namespace. */
const OWN = '/api/v1/namespaces/$NAMESPACE';

/** Runs a script in a pod to its end and gives what it printed. */
async function outputOf(cluster: Cluster, namespace: string, script: string, spec = {}): Promise<string> {
  const name = `run-${crypto.randomUUID().slice(0, 8)}`;
  const pod = shellPod(name, script, { restartPolicy: 'Never', ...spec });
  const path = await createPod(cluster, namespace, pod);
  await podThat(cluster, path, hasPhase('Succeeded'));
  return await logOf(cluster, path);
}

describe('a pod and the hub', () => {
  suite.test("speak by the documents' script", async (cluster) => {
    const namespace = await cluster.namespace();
    const versions = JSON.parse(await outputOf(cluster, namespace, DOCUMENTED + curl('/api')));
    expect(versions).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  });

  suite.test('find each other by every name of the Service, and verify it', async (cluster) => {
    const namespace = await cluster.namespace();
    const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc.cluster.local'];
    const script = names.map(
      (name) => `APISERVER=https://${name}:$KUBERNETES_SERVICE_PORT; ${curl('/version')} | grep -c major`,
    );
    const output = await outputOf(cluster, namespace, `${DOCUMENTED}\n${script.join('\n')}`);
    expect(output).toBe('1\n1\n1\n');
  });

  suite.test('agree on what RBAC gives the account, and no more', async (cluster) => {
    const namespace = await cluster.namespace();
    const ask = `${DOCUMENTED}\n${curl(`${OWN}/pods`)}`;
    const refused = JSON.parse(await outputOf(cluster, namespace, ask));
    expect(refused).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(refused.message).toContain(
      `User "system:serviceaccount:${namespace}:default" cannot list resource "pods"`,
    );
    const bound = await cluster.kubectl(
      ...(['1.36', '-n', namespace, 'create', 'rolebinding', 'view', '--clusterrole=view'] as const),
      `--serviceaccount=${namespace}:default`,
    );
    expect(bound).toMatchObject({ exitCode: 0 });
    const allowed = JSON.parse(await outputOf(cluster, namespace, ask));
    expect(allowed.kind).toBe('PodList');
    const secrets = `${DOCUMENTED}\n${curl(`${OWN}/secrets`)}`;
    expect(JSON.parse(await outputOf(cluster, namespace, secrets)).code).toBe(403);
  });

  suite.test('part with the pod: its token opens nothing the moment it is gone', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', `${DOCUMENTED} echo $TOKEN; exec sleep 3600`),
    );
    await podThat(cluster, path, isReady);
    const token = await eventually(async () => (await logOf(cluster, path)).trim() || undefined);
    const client = cluster.wire({ token });
    const who = await client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    const { extra } = who.json.status.userInfo;
    expect(extra['authentication.kubernetes.io/pod-name']).toEqual(['a']);
    expect(extra['authentication.kubernetes.io/node-name']).toEqual(['node-1']);
    const deleted = await cluster.admin.delete(path, { gracePeriodSeconds: 0 });
    expect(deleted.status).toBe(200);
    expect((await client.get('/version')).status).toBe(401);
    // One of the same name is not the same.
    await eventuallyPasses(async () => {
      const again = await cluster.admin.post(path.replace(/\/a$/, ''), shellPod('a', 'exec sleep 3600'));
      expect(again.status).toBe(201);
    });
    expect((await client.get('/version')).status).toBe(401);
  });
});

describe("a pod's token", () => {
  suite.test('is replaced in one go while the pod reads it, and both are good', async (cluster) => {
    const namespace = await cluster.namespace();
    const script = `while :; do
      token=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)
      [ \${#token} -gt 500 ] || echo broken
      [ "$token" = "$known" ] || { echo "$token"; known=$token; }
      sleep 0.01
    done`;
    const path = await createPod(cluster, namespace, shellPod('a', script));
    await podThat(cluster, path, isReady);
    // A kubelet that was killed knows no tokens any more, and asks for new ones.
    await cluster.kill9('node-1');
    await cluster.restart('node-1');
    const tokens = await eventually(async () => {
      const lines = (await logOf(cluster, path)).trim().split('\n');
      return lines.length > 1 ? lines : undefined;
    }, 30_000);
    expect(tokens).not.toContain('broken');
    for (const token of tokens) expect((await cluster.wire({ token }).get('/version')).status).toBe(200);
  });

  suite.test('for somebody else is good there, and not at the hub', async (cluster) => {
    const namespace = await cluster.namespace();
    const sources = [{ serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 600 } }];
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', 'cat /vault/token; echo; exec sleep 3600', {
        volumes: [{ name: 'vault', projected: { sources } }],
        container: { volumeMounts: [{ name: 'vault', mountPath: '/vault' }] },
      }),
    );
    await podThat(cluster, path, isReady);
    const token = await eventually(async () => (await logOf(cluster, path)).trim() || undefined);
    expect((await cluster.wire({ token }).get('/version')).status).toBe(401);
    const review = await cluster.admin.post('/apis/authentication.k8s.io/v1/tokenreviews', {
      spec: { token, audiences: ['vault'] },
    });
    expect(review.json.status).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
      user: {
        username: `system:serviceaccount:${namespace}:default`,
        extra: { 'authentication.kubernetes.io/pod-name': ['a'] },
      },
    });
  });

  suite.test('is for the user of its containers alone, or the group of its files', async (cluster) => {
    const namespace = await cluster.namespace();
    const script = "stat -L -c '%a %u %g' /var/run/secrets/kubernetes.io/serviceaccount/token";
    const accessOf = (securityContext: object) => outputOf(cluster, namespace, script, { securityContext });
    expect(await accessOf({})).toStartWith('644 ');
    // Without root's rights a node's files and containers have one user.
    if (process.getuid?.() !== 0) return;
    expect(await accessOf({ runAsUser: 1234 })).toBe('600 1234 0\n');
    expect(await accessOf({ runAsUser: 1234, fsGroup: 4321 })).toBe('640 1234 4321\n');
  });
});

describe('kube-root-ca.crt', () => {
  suite.test('comes back when it is deleted or changed', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps/kube-root-ca.crt`;
    const before = await eventually(async () => {
      const { status, json } = await cluster.admin.get(path);
      return status === 200 ? json : undefined;
    });
    expect(before.data['ca.crt']).toBe(cluster.admin.identity.ca);
    await cluster.admin.delete(path);
    await eventuallyPasses(async () => {
      const { json } = await cluster.admin.get(path);
      expect(json.data).toEqual(before.data);
      expect(json.metadata.uid).not.toBe(before.metadata.uid);
    });
    await cluster.admin.patch(path, 'merge', { data: { 'ca.crt': 'x', other: 'y' } });
    await eventuallyPasses(async () =>
      expect((await cluster.admin.get(path)).json.data).toEqual(before.data),
    );
  });
});

describe('kubectl create token', () => {
  for (const version of KUBECTL_VERSIONS) {
    suite.test(`${version} asks for audiences, a life and a bond`, async (cluster) => {
      const namespace = await cluster.namespace();
      const kubectl = (...args: string[]) => cluster.kubectl(version, '-n', namespace, ...args);
      expect(await kubectl('create', 'serviceaccount', 'robot')).toMatchObject({ exitCode: 0 });
      expect(await kubectl('create', 'secret', 'generic', 'bond')).toMatchObject({ exitCode: 0 });
      const bond = ['--bound-object-kind=Secret', '--bound-object-name=bond'];
      const created = await kubectl(
        ...['create', 'token', 'robot', '--audience=vault', '--audience=other', '--duration=15m', ...bond],
      );
      expect(created).toMatchObject({ exitCode: 0 });
      const claims = JSON.parse(Buffer.from(created.stdout.split('.')[1]!, 'base64url').toString());
      const account = (await cluster.admin.get(`/api/v1/namespaces/${namespace}/serviceaccounts/robot`)).json;
      const secret = (await cluster.admin.get(`/api/v1/namespaces/${namespace}/secrets/bond`)).json;
      expect(claims).toEqual({
        aud: ['vault', 'other'],
        exp: claims.iat + 900,
        iat: expect.any(Number),
        iss: 'https://kubernetes.default.svc.cluster.local',
        jti: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        'kubernetes.io': {
          namespace,
          secret: { name: 'bond', uid: secret.metadata.uid },
          serviceaccount: { name: 'robot', uid: account.metadata.uid },
        },
        nbf: claims.iat,
        sub: `system:serviceaccount:${namespace}:robot`,
      });
      const whole = await kubectl('create', 'token', 'robot', '-o', 'json');
      expect(JSON.parse(whole.stdout)).toMatchObject({
        kind: 'TokenRequest',
        metadata: { name: 'robot', namespace },
        spec: { audiences: ['https://kubernetes.default.svc.cluster.local'], expirationSeconds: 3600 },
        status: { expirationTimestamp: expect.any(String) },
      });
    });

    suite.test(`${version} binds to what runs, and to where`, async (cluster) => {
      const namespace = await cluster.namespace();
      const path = await createPod(cluster, namespace, shellPod('a', 'exec sleep 3600'));
      const pod = await podThat(cluster, path, isReady);
      const node = (await cluster.admin.get('/api/v1/nodes/node-1')).json;
      const boundTo = async (kind: string, { name, uid }: { name: string; uid: string }) => {
        const bond = [
          `--bound-object-kind=${kind}`,
          `--bound-object-name=${name}`,
          `--bound-object-uid=${uid}`,
        ];
        const args = ['-n', namespace, 'create', 'token', 'default', ...bond];
        const { stdout, stderr } = await cluster.kubectl(version, ...args);
        if (stdout === '') return stderr.trim();
        return JSON.parse(Buffer.from(stdout.split('.')[1]!, 'base64url').toString())['kubernetes.io'];
      };
      const where = { name: 'node-1', uid: node.metadata.uid };
      expect(await boundTo('Pod', pod.metadata)).toMatchObject({
        pod: { name: 'a', uid: pod.metadata.uid },
        node: where,
      });
      const ofNode = await boundTo('Node', node.metadata);
      // Older ones know of no Nodes here.
      if (version === '1.30')
        expect(ofNode).toContain('supported --bound-object-kind values are Pod, Secret');
      else expect(ofNode).toMatchObject({ node: where });
    });

    suite.test(`${version} shows why not`, async (cluster) => {
      const namespace = await cluster.namespace();
      const refusal = async (...args: string[]) => {
        const { exitCode, stderr } = await cluster.kubectl(
          ...([version, '-n', namespace, 'create', 'token', ...args] as const),
        );
        return { exitCode, said: stderr.trim() };
      };
      const errors = 'error: failed to create token: ';
      expect(await refusal('nobody')).toEqual({
        exitCode: 1,
        said: `${errors}serviceaccounts "nobody" not found`,
      });
      expect(await refusal('default', '--duration=5m')).toEqual({
        exitCode: 1,
        said: `${errors}TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 300: may not specify a duration less than 10 minutes`,
      });
      const bond = ['--bound-object-kind=Secret', '--bound-object-name=kube-root-ca'];
      expect(await refusal('default', ...bond)).toEqual({
        exitCode: 1,
        said: `${errors}secrets "kube-root-ca" not found`,
      });
      await cluster.kubectl(version, '-n', namespace, 'create', 'secret', 'generic', 'bond');
      const other = ['--bound-object-kind=Secret', '--bound-object-name=bond', '--bound-object-uid=other'];
      expect(await refusal('default', ...other)).toEqual({
        exitCode: 1,
        said: `${errors}Operation cannot be fulfilled on Secret "bond": the UID in the bound object reference (other) does not match the UID in record. The object might have been deleted and then recreated`,
      });
    });
  }
});
