import { describe, expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../../cluster/eventually.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { readOutbox } from '../../cluster/outbox.ts';
import type { Json } from '../../cluster/wire-client.ts';

const suite = shareCluster({ controllerManager: true });

const TYPE = 'kubernetes.io/service-account-token';
const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';
const LAST_USED = 'kubernetes.io/legacy-token-last-used';
const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since';
const secretsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`;
const accountIn = (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
const text = (base64: string) => Buffer.from(base64, 'base64').toString();
const dayOf = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 10);
/** Also just after midnight. */
const TODAY = expect.stringMatching(new RegExp(`^(${dayOf(Date.now())}|${dayOf(Date.now() + 600_000)})$`));

/** Makes a Secret for the default account's token as the documents do, and waits until it is filled. */
async function filledSecret(cluster: Cluster, namespace: string, name = 'robot-token'): Promise<Json> {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: TYPE,
    metadata: { name, annotations: { [NAME]: 'default' } },
  };
  const applied = await cluster.kubectlWithInput(
    ...(['1.36', JSON.stringify(manifest), '-n', namespace, 'apply', '-f', '-'] as const),
  );
  expect(applied).toMatchObject({ exitCode: 0 });
  return await eventually(async () => {
    const { json } = await cluster.admin.get(`${secretsIn(namespace)}/${name}`);
    return json.data?.token === undefined ? undefined : json;
  });
}

const answerTo = async (cluster: Cluster, token: string) =>
  (await cluster.wire({ token }).get('/version')).status;

describe('a Secret for the token of an account', () => {
  suite.test('is filled, and the token opens the hub', async (cluster) => {
    const namespace = await cluster.namespace();
    const secret = await filledSecret(cluster, namespace);
    const account = expectJson(await cluster.admin.get(accountIn(namespace)));
    expect(secret.metadata.annotations[UID]).toBe(account.metadata.uid);
    expect(text(secret.data.namespace)).toBe(namespace);
    expect(text(secret.data['ca.crt'])).toBe(cluster.admin.identity.ca);
    const token = text(secret.data.token);
    expect(JSON.parse(text(token.split('.')[1]!))).toEqual({
      iss: 'kubernetes/serviceaccount',
      'kubernetes.io/serviceaccount/namespace': namespace,
      'kubernetes.io/serviceaccount/secret.name': 'robot-token',
      'kubernetes.io/serviceaccount/service-account.name': 'default',
      'kubernetes.io/serviceaccount/service-account.uid': account.metadata.uid,
      sub: `system:serviceaccount:${namespace}:default`,
    });
    const client = cluster.wire({ token });
    const review = expectJson(
      await client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}),
      201,
    );
    expect(review.status.userInfo).toEqual({
      username: `system:serviceaccount:${namespace}:default`,
      uid: account.metadata.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    });
    await eventuallyPasses(async () => {
      const used = expectJson(await cluster.admin.get(`${secretsIn(namespace)}/robot-token`));
      expect(used.metadata.labels?.[LAST_USED]).toEqual(TODAY);
    });
    const events = readOutbox(cluster.layout).map(({ event }) => event);
    const event = events.findLast(({ user }: Json) => user?.username === review.status.userInfo.username);
    expect(event?.annotations).toMatchObject({
      'authentication.k8s.io/legacy-token': review.status.userInfo.username,
      'authentication.k8s.io/legacy-token-manual-secret': 'robot-token',
    });
    const metrics = (await cluster.admin.get('/metrics')).text;
    expect(metrics).toMatch(/serviceaccount_legacy_manual_token_uses_total [1-9]/);
  });

  suite.test('gets its token, CA and namespace back, and another token than before', async (cluster) => {
    const namespace = await cluster.namespace();
    const secret = await filledSecret(cluster, namespace);
    const path = `${secretsIn(namespace)}/robot-token`;
    expectJson(await cluster.admin.patch(path, 'merge', { data: { 'ca.crt': 'eA==', namespace: null } }));
    await eventuallyPasses(async () =>
      expect(expectJson(await cluster.admin.get(path)).data).toEqual(secret.data),
    );
    expectJson(await cluster.admin.patch(path, 'merge', { data: { token: 'eA==' } }));
    expect(await answerTo(cluster, text(secret.data.token))).toBe(401);
    expect(await answerTo(cluster, 'x')).toBe(401);
  });

  suite.test('takes its token with it', async (cluster) => {
    const namespace = await cluster.namespace();
    const secret = await filledSecret(cluster, namespace);
    const token = text(secret.data.token);
    expectJson(
      await cluster.admin.patch(accountIn(namespace), 'merge', {
        secrets: [{ name: 'robot-token' }, { name: 'other' }],
      }),
    );
    const warned = await cluster.wire({ token }).get('/version');
    expect(warned.headers['warning']).toContain('instead of auto-generated secret-based tokens');
    expectJson(await cluster.admin.delete(`${secretsIn(namespace)}/robot-token`));
    expect(await answerTo(cluster, token)).toBe(401);
    await eventuallyPasses(async () =>
      expect(expectJson(await cluster.admin.get(accountIn(namespace))).secrets).toEqual([{ name: 'other' }]),
    );
    // One of the same name gets a token of its own.
    await filledSecret(cluster, namespace);
  });

  suite.test('goes with its account, and so does the token', async (cluster) => {
    const namespace = await cluster.namespace();
    const secret = await filledSecret(cluster, namespace);
    const token = text(secret.data.token);
    expectJson(await cluster.admin.delete(accountIn(namespace)));
    expect(await answerTo(cluster, token)).toBe(401);
    await eventuallyPasses(async () =>
      expect((await cluster.admin.get(`${secretsIn(namespace)}/robot-token`)).status).toBe(404),
    );
  });

  suite.test('does not stay where it names no account, or one that was', async (cluster) => {
    const namespace = await cluster.namespace();
    for (const annotations of [{ [NAME]: 'nobody' }, { [NAME]: 'default', [UID]: 'other' }]) {
      const body = { type: TYPE, metadata: { name: 'stray', annotations } };
      expectJson(await cluster.admin.post(secretsIn(namespace), body), 201);
      await eventuallyPasses(async () =>
        expect((await cluster.admin.get(`${secretsIn(namespace)}/stray`)).status).toBe(404),
      );
    }
  });

  suite.test('that is marked invalid is refused until the mark is taken off', async (cluster) => {
    const namespace = await cluster.namespace();
    const token = text((await filledSecret(cluster, namespace)).data.token);
    const path = `${secretsIn(namespace)}/robot-token`;
    const mark = (date: string | null) => ({ metadata: { labels: { [INVALID_SINCE]: date } } });
    expectJson(await cluster.admin.patch(path, 'merge', mark('2025-01-01')));
    expect(await answerTo(cluster, token)).toBe(401);
    const review = await cluster.admin.post('/apis/authentication.k8s.io/v1/tokenreviews', {
      spec: { token },
    });
    expect(expectJson(review, 201).status).toEqual({
      user: {},
      error: expect.stringContaining(
        `[invalid bearer token, the token in secret ${namespace}/robot-token for service account ${namespace}/default has been marked invalid.`,
      ),
    });
    await eventuallyPasses(async () =>
      expect(expectJson(await cluster.admin.get(path)).metadata.labels[LAST_USED]).toEqual(TODAY),
    );
    expectJson(await cluster.admin.patch(path, 'merge', mark(null)));
    expect(await answerTo(cluster, token)).toBe(200);
  });
});

describe('a new key', () => {
  suite.test('comes in as the documents say, and the loops go on when the old one goes', async (cluster) => {
    const namespace = await cluster.namespace();
    const before = text((await filledSecret(cluster, namespace)).data.token);
    const documented = readFileSync(join(import.meta.dir, '../../../docs/service-accounts.md'), 'utf8');
    const [, commands = ''] = /cd \.hawser\/pki\n([\s\S]*?)```/.exec(documented) ?? [];
    const steps = commands.split(/^(?=mv sa-new.key|# 3)/m);
    expect(steps).toHaveLength(3);
    const directory = dirname(cluster.layout.pki.serviceAccount.key);
    const run = (step: string) => {
      const { exitCode, stderr } = Bun.spawnSync(['bash', '-ec', step], { cwd: directory });
      expect({ exitCode, stderr: stderr.toString() }).toMatchObject({ exitCode: 0 });
    };
    const keys = async () => expectJson(await cluster.admin.get('/openid/v1/jwks')).keys.length;
    run(steps[0]!);
    await eventuallyPasses(async () => expect(await keys()).toBe(2));
    run(steps[1]!);
    const path = `${secretsIn(namespace)}/robot-token`;
    const after = await eventually(async () => {
      expectJson(await cluster.admin.patch(path, 'merge', { data: { token: null } }));
      const token = await eventually(async () => expectJson(await cluster.admin.get(path)).data.token);
      return decodeProtectedHeader(text(token)).alg === 'ES256' ? text(token) : undefined;
    });
    expect(await answerTo(cluster, before)).toBe(401);
    expect(await answerTo(cluster, after)).toBe(200);
    run(steps[2]!);
    await eventuallyPasses(async () => expect(await keys()).toBe(1));
    expect(await answerTo(cluster, after)).toBe(200);
    // The loops' own tokens are the old key's.
    await cluster.namespace();
  });
});

describe('uses of such tokens', () => {
  suite.test('are noted since a day that a ConfigMap tells', async (cluster) => {
    const path =
      '/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking';
    expect(expectJson(await cluster.admin.get(path)).data).toEqual({
      since: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    expectJson(await cluster.admin.patch(path, 'merge', { data: { since: '2020-01-01' } }));
    await cluster.restart('apiserver');
    await cluster.hubReady();
    expect(expectJson(await cluster.admin.get(path)).data.since).toBe('2020-01-01');
    expectJson(await cluster.admin.patch(path, 'merge', { data: { since: 'long ago' } }));
    await cluster.restart('apiserver');
    await cluster.hubReady();
    expect(expectJson(await cluster.admin.get(path)).data.since).toEqual(TODAY);
    // One that cannot be mended keeps nobody from working.
    expectJson(await cluster.admin.patch(path, 'merge', { data: { since: 'never' }, immutable: true }));
    await cluster.restart('apiserver');
    await cluster.hubReady();
    expect(cluster.service('apiserver').log()).toContain('it could not be noted since when');
  });
});

describe('tokens that nobody uses', () => {
  const old = shareCluster({
    controllerManager: true,
    // Less than a second is less than a day: what is not of today is old.
    flags: { 'controller-manager': ['--legacy-service-account-token-clean-up-period', '1ms'] },
  });

  old.test('are marked, and deleted once they were marked long enough', async (cluster) => {
    const namespace = await cluster.namespace();
    await filledSecret(cluster, namespace, 'idle');
    await filledSecret(cluster, namespace, 'own');
    const path = `${secretsIn(namespace)}/idle`;
    expectJson(await cluster.admin.patch(accountIn(namespace), 'merge', { secrets: [{ name: 'idle' }] }));
    const tracking =
      '/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking';
    expectJson(await cluster.admin.patch(tracking, 'merge', { data: { since: '2020-01-01' } }));
    // It looks once a day, and at its start.
    await cluster.restart('controller-manager');
    await eventuallyPasses(async () =>
      expect(expectJson(await cluster.admin.get(path)).metadata.labels?.[INVALID_SINCE]).toEqual(TODAY),
    );
    expectJson(
      await cluster.admin.patch(path, 'merge', { metadata: { labels: { [INVALID_SINCE]: '2020-01-01' } } }),
    );
    await cluster.restart('controller-manager');
    await eventuallyPasses(async () => expect((await cluster.admin.get(path)).status).toBe(404));
    const own = expectJson(await cluster.admin.get(`${secretsIn(namespace)}/own`));
    expect(own.metadata.labels?.[INVALID_SINCE]).toBeUndefined();
  });
});
