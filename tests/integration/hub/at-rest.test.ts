import { describe, expect } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HomeLayout } from '@hawser/config';
import { parse, stringify } from 'yaml';
import { clusterTest, shareCluster } from '../../cluster/cluster-suite.ts';
import { eventuallyPasses } from '../../cluster/eventually.ts';
import { expectJson, namesOf } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';
import { readOutbox, readStored, stateFile } from '../../cluster/outbox.ts';
import type { WireClient } from '../../cluster/wire-client.ts';

const PREFIX = 'k8s:enc:aesgcm:v1:';
const secretsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`;

describe('Secrets at rest', () => {
  const hub = shareCluster();

  hub.test("carry upstream's prefix and the name of the key, and no plain text", async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(
      await cluster.admin.post(secretsIn(namespace), {
        metadata: { name: 'a' },
        stringData: { p: 'hunter2' },
      }),
      201,
    );
    const { resources } = parse(readFileSync(cluster.layout.hub.encryptionConfig, 'utf8'));
    const [{ name }] = resources[0].providers[0].aesgcm.keys;
    const values = readStored(cluster.layout, `/registry/secrets/${namespace}/`);
    expect(values).toHaveLength(1);
    expect(values[0]!.toString('latin1')).toStartWith(`${PREFIX}${name}:`);
    expect(values[0]!.toString('latin1')).not.toContain('hunter2');
  });

  hub.test('of the same content are different bytes', async (cluster) => {
    const namespace = await cluster.namespace();
    for (const name of ['a', 'b'])
      expectJson(
        await cluster.admin.post(secretsIn(namespace), { metadata: { name }, stringData: { p: 'same' } }),
        201,
      );
    const [a, b] = readStored(cluster.layout, `/registry/secrets/${namespace}/`);
    expect(a!.subarray(-16).equals(b!.subarray(-16))).toBe(false);
  });

  hub.test('are bound to their place: one cannot be put in place of another', async (cluster) => {
    const namespace = await cluster.namespace();
    for (const name of ['mine', 'theirs'])
      expectJson(
        await cluster.admin.post(secretsIn(namespace), { metadata: { name }, stringData: { p: name } }),
        201,
      );
    const [mine, theirs] = readStored(cluster.layout, `/registry/secrets/${namespace}/`);
    expect(mine!.equals(theirs!)).toBe(false);
  });

  hub.test('are encrypted; ConfigMaps are not', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    expectJson(await cluster.admin.post(path, configMap('a', { plain: 'text-in-the-clear' })), 201);
    const [value] = readStored(cluster.layout, `/registry/configmaps/${namespace}/`);
    expect(value!.toString()).toContain('text-in-the-clear');
  });

  hub.test('and their keys are in files that only their owner reads', (cluster) => {
    const { hub: files, pki, natsPki, adminKubeconfig, kubeconfigs } = cluster.layout;
    const secret = [
      stateFile(cluster.layout),
      files.encryptionConfig,
      pki.ca.key,
      pki.apiserver.key,
      pki.apiserverKubeletClient.key,
      pki.serviceAccount.key,
      natsPki.ca.key,
      natsPki.apiserver.key,
      adminKubeconfig,
      kubeconfigs.superAdmin,
    ];
    for (const file of secret)
      expect(`${file} ${(statSync(file).mode & 0o777).toString(8)}`).toBe(`${file} 600`);
    return Promise.resolve();
  });

  hub.test('are read after a restart', async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(
      await cluster.admin.post(secretsIn(namespace), { metadata: { name: 'a' }, stringData: { p: 'x' } }),
      201,
    );
    await cluster.restart('apiserver');
    await cluster.hubReady();
    expect(expectJson(await cluster.admin.get(`${secretsIn(namespace)}/a`)).data).toEqual({ p: 'eA==' });
  });
});

describe('keys', () => {
  clusterTest('can be rotated: a new first key writes, the old one still reads', {}, async (cluster) => {
    const path = secretsIn('default');
    expectJson(await cluster.admin.post(path, { metadata: { name: 'old' }, stringData: { p: 'x' } }), 201);
    const file = cluster.layout.hub.encryptionConfig;
    const config = parse(readFileSync(file, 'utf8'));
    const { keys } = config.resources[0].providers[0].aesgcm;
    keys.unshift({
      name: 'second',
      secret: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64'),
    });
    writeFileSync(file, stringify(config));
    await cluster.restart('apiserver');
    await cluster.hubReady();
    expectJson(await cluster.admin.post(path, { metadata: { name: 'new' }, stringData: { p: 'y' } }), 201);
    expect(namesOf(expectJson(await cluster.admin.get(path)))).toEqual(['new', 'old']);
    const prefixes = readStored(cluster.layout, '/registry/secrets/default/').map((value) =>
      value.subarray(0, 25).toString('latin1'),
    );
    expect(prefixes.some((prefix) => prefix === `${PREFIX}second:`)).toBe(true);
    expect(prefixes.some((prefix) => !prefix.includes('second'))).toBe(true);
  });

  clusterTest('that are lost take along what they wrote, and nothing else', {}, async (cluster) => {
    const path = secretsIn('default');
    for (const name of ['a', 'b'])
      expectJson(await cluster.admin.post(path, { metadata: { name }, stringData: { p: 'x' } }), 201);
    const key = keysIn(cluster.layout)[0]!;
    changeKeys(cluster.layout, () => [{ ...key, name: 'another' }]);
    await cluster.restart('apiserver');
    await cluster.hubReady();
    const why = `unable to transform key "/registry/secrets/default/a": no matching prefix found: the value was written with aesgcm key "${key.name}"`;
    const refused = {
      reason: 'InternalError',
      message: `Internal error occurred: ${why}`,
    };
    for (const at of [path, `${path}/a`, '/api/v1/secrets'])
      expect(expectJson(await cluster.admin.get(at), 500)).toMatchObject(refused);
    expectJson(await cluster.admin.post(path, { metadata: { name: 'a' } }), 500);
    expectJson(await cluster.admin.post(path, { metadata: { name: 'c' } }), 201);
    expectJson(await cluster.admin.get('/api/v1/namespaces/default/configmaps'));
    expect(cluster.service('apiserver').log()).toContain('cannot read a stored object');
    const status = await cluster.hawser(
      'encryption',
      'status',
      '--kubeconfig',
      cluster.layout.adminKubeconfig,
    );
    expect(status.stdout).toContain('unreadable: /registry/secrets/default/b');
    // The key is found again: what it wrote can be read, and is written under the new one.
    changeKeys(cluster.layout, (keys) => [...keys, key]);
    await eventuallyPasses(() =>
      expect(cluster.service('apiserver').log()).toContain('reloaded the encryption'),
    );
    const rewritten = await cluster.hawser(
      'encryption',
      'rewrite',
      '--kubeconfig',
      cluster.layout.adminKubeconfig,
    );
    expect(rewritten).toMatchObject({ exitCode: 0 });
    expect(namesOf(expectJson(await cluster.admin.get(path)))).toEqual(['a', 'b', 'c']);
  });

  clusterTest('are made at the first start, at random', {}, async (cluster) => {
    const text = readFileSync(join(cluster.layout.hub.directory, 'encryption-config.yaml'), 'utf8');
    const { kind, resources } = parse(text);
    expect(kind).toBe('EncryptionConfiguration');
    expect(resources[0].resources).toContain('secrets');
    expect(Buffer.from(resources[0].providers[0].aesgcm.keys[0].secret, 'base64')).toHaveLength(32);
  });
});

clusterTest('a hub that lost the file of its keys does not start with a fresh one', {}, async (cluster) => {
  const path = secretsIn('default');
  expectJson(await cluster.admin.post(path, { metadata: { name: 'a' }, stringData: { p: 'x' } }), 201);
  const hub = cluster.service('apiserver');
  await hub.stop();
  const file = cluster.layout.hub.encryptionConfig;
  renameSync(file, `${file}.moved`);
  hub.start();
  await eventuallyPasses(() => expect(hub.running).toBe(false));
  expect(hub.log()).toContain('is missing, and the store is not empty');
  expect(existsSync(file)).toBe(false);
  renameSync(`${file}.moved`, file);
  hub.start();
  await cluster.hubReady();
  expect(expectJson(await cluster.admin.get(`${path}/a`)).data).toEqual({ p: 'eA==' });
});

describe('what was stored before', () => {
  clusterTest(
    'is written anew while the hub runs, and leaves no trace in its files',
    { flags: { apiserver: ['--encryption-provider-config-automatic-reload'] } },
    async (cluster) => {
      const { admin, layout } = cluster;
      const hawser = (...args: string[]) =>
        cluster.hawser('encryption', ...args, '--kubeconfig', layout.adminKubeconfig);
      const maps = '/api/v1/namespaces/default/configmaps';
      // In clear, thrice: what stands, what was overwritten, what was deleted.
      for (const name of ['kept', 'deleted'])
        expectJson(await admin.post(maps, configMap(name, { v: `plain-first-${name}` })), 201);
      expectJson(await admin.put(`${maps}/kept`, configMap('kept', { v: 'plain-second' })));
      expectJson(await admin.delete(`${maps}/deleted`));
      expectJson(
        await admin.post(secretsIn('default'), { metadata: { name: 's' }, stringData: { p: 'x' } }),
        201,
      );
      expect(tracesOf(layout, ['plain-first', 'plain-second'])).not.toEqual([]);

      const file = layout.hub.encryptionConfig;
      const configuration = parse(readFileSync(file, 'utf8'));
      configuration.resources.push({
        resources: ['configmaps'],
        providers: [{ secretbox: { keys: [freshKey('box')] } }, { identity: {} }],
      });
      writeFileSync(file, stringify(configuration));
      expect(await cluster.hawser('encryption', 'rotate-key')).toMatchObject({ exitCode: 0 });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      await eventuallyPasses(async () => {
        const { stdout } = await hawser('status');
        expect(stdout).toMatch(/^secrets +aesgcm:key1 +\d+ +stale: now aesgcm:key2$/m);
        expect(stdout).toMatch(/^configmaps +identity +\d+ +stale: now secretbox:box$/m);
      });
      expect((await hawser('remove-old-keys')).exitCode).toBe(1);

      // Others write meanwhile, and lose nothing.
      const writing = new AbortController();
      const writes = keepWriting(admin, maps, writing.signal);
      const watched = expectJson(await admin.get(`${maps}/kept`)).metadata.resourceVersion;
      const { stdout, exitCode } = await hawser('rewrite');
      writing.abort();
      expect(exitCode, stdout).toBe(0);
      expect(stdout).not.toContain('stale');
      const written = await writes;
      expect(written).toBeGreaterThan(0);
      expect(expectJson(await admin.get(`${maps}/busy`)).data).toEqual({ v: `${written}` });

      expect(expectJson(await admin.get(`${maps}/kept`))).toMatchObject({ data: { v: 'plain-second' } });
      expect(expectJson(await admin.get(`${maps}/kept`)).metadata.resourceVersion).not.toBe(watched);
      expect(readStored(layout, '/registry/configmaps/').length).toBeGreaterThan(0);
      for (const value of readStored(layout, '/registry/configmaps/'))
        expect(value.toString('latin1')).toStartWith('k8s:enc:secretbox:v1:box:');
      expect(tracesOf(layout, ['plain-first', 'plain-second', ':key1:'])).toEqual([]);

      expect(await hawser('remove-old-keys')).toMatchObject({
        exitCode: 0,
        stdout: 'Removed aesgcm:key1.\n',
      });
      // What was rewritten for the last key says nothing of the next.
      expect(await cluster.hawser('encryption', 'rotate-key')).toMatchObject({ exitCode: 0 });
      expect(await hawser('remove-old-keys')).toMatchObject({ exitCode: 1 });
      await cluster.restart('apiserver');
      await cluster.hubReady();
      expect(expectJson(await admin.get(`${secretsIn('default')}/s`)).data).toEqual({ p: 'eA==' });
      expect(expectJson(await admin.get(`${maps}/kept`)).data).toEqual({ v: 'plain-second' });
    },
  );

  const unread = { flags: { apiserver: ['--encryption-provider-config-automatic-reload=false'] } };
  clusterTest('keeps its key while the hub has not read of the next', unread, async (cluster) => {
    const { admin, layout } = cluster;
    const hawser = (...args: string[]) =>
      cluster.hawser('encryption', ...args, '--kubeconfig', layout.adminKubeconfig);
    expectJson(
      await admin.post(secretsIn('default'), { metadata: { name: 's' }, stringData: { p: 'x' } }),
      201,
    );
    expect(await cluster.hawser('encryption', 'rotate-key')).toMatchObject({ exitCode: 0 });
    // It writes anew what is not under the key that it knows: nothing.
    expect(await hawser('rewrite')).toMatchObject({ exitCode: 0 });
    const refused = await hawser('remove-old-keys');
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain('does not write secrets with aesgcm:key2 yet');
    expect(readFileSync(layout.hub.encryptionConfig, 'utf8')).toContain('key1');
  });

  clusterTest('is also written anew by what the documents say: kubectl replace', {}, async (cluster) => {
    expectJson(
      await cluster.admin.post(secretsIn('default'), { metadata: { name: 's' }, stringData: { p: 'x' } }),
      201,
    );
    changeKeys(cluster.layout, (keys) => [freshKey('second'), ...keys]);
    await eventuallyPasses(() =>
      expect(cluster.service('apiserver').log()).toContain('reloaded the encryption'),
    );
    const { stdout } = await cluster.kubectl('1.36', 'get', 'secrets', '-A', '-o', 'json');
    expect(await cluster.kubectlWithInput('1.36', stdout, 'replace', '-f', '-')).toMatchObject({
      exitCode: 0,
    });
    const { stdout: status } = await cluster.hawser(
      ...['encryption', 'status', '--kubeconfig', cluster.layout.adminKubeconfig],
    );
    expect(status).toMatch(/^secrets +aesgcm:second +\d+ +current$/m);
    expect(status).not.toContain('stale');
  });

  clusterTest(
    'is shown and written anew for administrators only, and that is audited',
    {},
    async (cluster) => {
      const stranger = cluster.wire();
      for (const answer of [
        await stranger.get('/hawser/encryption'),
        await stranger.post('/hawser/encryption', {}),
      ])
        expectJson(answer, 403);
      expectJson(await cluster.admin.post('/hawser/encryption', {}), 202);
      await eventuallyPasses(() => {
        const events = readOutbox(cluster.layout).filter(
          ({ event }) => event.requestURI === '/hawser/encryption',
        );
        const seen = events.map(({ event }) => `${event.verb} ${event.responseStatus.code}`);
        expect(seen.sort()).toEqual(['get 403', 'post 202', 'post 403']);
      });
    },
  );
});

clusterTest(
  'everything can be encrypted, each resource with its own provider',
  {
    controllerManager: true,
    prepare: ({ hub }) => {
      const rule = (resources: string[], ...providers: object[]) => ({ resources, providers });
      const configuration = {
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'EncryptionConfiguration',
        resources: [
          rule(['events'], { identity: {} }),
          rule(['*.apps'], { secretbox: { keys: [freshKey('apps')] } }),
          rule(['*.*'], { aescbc: { keys: [freshKey('rest')] } }),
        ],
      };
      writeFileSync(hub.encryptionConfig, stringify(configuration), { mode: 0o600 });
    },
  },
  async (cluster) => {
    const namespace = await cluster.namespace();
    const create = ['create', 'deployment', 'web', '--image=x', '-n', namespace];
    expect(await cluster.kubectl('1.36', ...create)).toMatchObject({ exitCode: 0 });
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    await eventuallyPasses(async () =>
      expect(namesOf(expectJson(await cluster.admin.get(pods)))).toHaveLength(1),
    );
    const begins = (prefix: string) => [
      ...new Set(readStored(cluster.layout, prefix).map((value) => value.subarray(0, 23).toString('latin1'))),
    ];
    expect(begins(`/registry/apps/deployments/${namespace}/`)).toEqual(['k8s:enc:secretbox:v1:ap']);
    expect(begins(`/registry/apps/replicasets/${namespace}/`)).toEqual(['k8s:enc:secretbox:v1:ap']);
    const rest = ['pods', 'namespaces', 'rbac.authorization.k8s.io/clusterroles'];
    for (const kind of [...rest, 'services', 'serviceaccounts'])
      expect([kind, ...begins(`/registry/${kind}/`)]).toEqual([kind, 'k8s:enc:aescbc:v1:rest:']);
    await cluster.restart('apiserver');
    await cluster.hubReady();
    expect(namesOf(expectJson(await cluster.admin.get(pods)))).toHaveLength(1);
  },
);

clusterTest('a configuration that is wrong is not taken while the hub runs', {}, async (cluster) => {
  changeKeys(cluster.layout, ([key]) => [{ ...key!, secret: 'AAAA' }]);
  await eventuallyPasses(() =>
    expect(cluster.service('apiserver').log()).toContain('kept the encryption configuration'),
  );
  expectJson(await cluster.admin.post(secretsIn('default'), { metadata: { name: 's' } }), 201);
  const metrics = (await cluster.admin.get('/metrics')).text;
  expect(metrics).toContain(
    'apiserver_encryption_config_controller_automatic_reloads_total{status="failure"} 1',
  );
  expect(cluster.service('apiserver').log()).not.toContain('AAAA');
});

interface StoredKey {
  name: string;
  secret: string;
}

const freshKey = (name: string): StoredKey => ({ name, secret: randomBytes(32).toString('base64') });

function keysIn({ hub }: HomeLayout): StoredKey[] {
  return parse(readFileSync(hub.encryptionConfig, 'utf8')).resources[0].providers[0].aesgcm.keys;
}

function changeKeys({ hub }: HomeLayout, change: (keys: StoredKey[]) => StoredKey[]): void {
  const configuration = parse(readFileSync(hub.encryptionConfig, 'utf8'));
  const { aesgcm } = configuration.resources[0].providers[0];
  aesgcm.keys = change(aesgcm.keys);
  writeFileSync(hub.encryptionConfig, stringify(configuration));
}

/** The files of the hub's store in which one of the texts stands. */
function tracesOf(layout: HomeLayout, texts: readonly string[]): string[] {
  const { directory } = layout.hub;
  const files = readdirSync(directory).filter((name) => name.startsWith('state.db'));
  return files.flatMap((name) => {
    const bytes = readFileSync(join(directory, name));
    return texts.filter((text) => bytes.includes(text)).map((text) => `${name}: ${text}`);
  });
}

/** Changes one object again and again. @returns how often. */
async function keepWriting(admin: WireClient, maps: string, signal: AbortSignal): Promise<number> {
  let written = 0;
  expectJson(await admin.post(maps, configMap('busy', { v: '0' })), 201);
  while (!signal.aborted && written < 10_000) {
    expectJson(await admin.put(`${maps}/busy`, configMap('busy', { v: `${written + 1}` })));
    written += 1;
  }
  return written;
}
