import { describe, expect } from 'bun:test';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { clusterTest, shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectJson, namesOf } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';
import { readStored, stateFile } from '../../cluster/outbox.ts';

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

  clusterTest(
    'that are lost keep the hub from starting, and it says which',
    { untilReady: true },
    async (cluster) => {
      const path = secretsIn('default');
      expectJson(await cluster.admin.post(path, { metadata: { name: 'a' }, stringData: { p: 'x' } }), 201);
      await cluster.service('apiserver').stop();
      const file = cluster.layout.hub.encryptionConfig;
      const config = parse(readFileSync(file, 'utf8'));
      const key = config.resources[0].providers[0].aesgcm.keys[0];
      const { name } = key;
      key.name = 'another';
      writeFileSync(file, stringify(config));
      const hub = cluster.service('apiserver');
      hub.start();
      await eventually(() => !hub.running);
      expect(hub.log()).toContain(name);
    },
  );

  clusterTest('are made at the first start, at random', {}, async (cluster) => {
    const text = readFileSync(join(cluster.layout.hub.directory, 'encryption-config.yaml'), 'utf8');
    const { kind, resources } = parse(text);
    expect(kind).toBe('EncryptionConfiguration');
    expect(resources[0].resources).toContain('secrets');
    expect(Buffer.from(resources[0].providers[0].aesgcm.keys[0].secret, 'base64')).toHaveLength(32);
  });
});
