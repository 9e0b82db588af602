import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectJson } from '../../cluster/expectations.ts';

const hub = shareCluster();

const cases: { name: string; args: string[]; said: string }[] = [
  {
    name: 'TLS',
    args: ['--type=kubernetes.io/tls', '--from-literal=tls.crt=x'],
    said: 'Secret "a" is invalid: data[tls.key]: Required value',
  },
  {
    name: 'basic authentication',
    args: ['--type=kubernetes.io/basic-auth'],
    said: 'Secret "a" is invalid: [data[username]: Required value, data[password]: Required value]',
  },
  {
    name: 'SSH',
    args: ['--type=kubernetes.io/ssh-auth', '--from-literal=ssh-privatekey='],
    said: 'Secret "a" is invalid: data[ssh-privatekey]: Required value',
  },
  {
    name: 'a registry',
    args: ['--type=kubernetes.io/dockerconfigjson', '--from-literal=.dockerconfigjson=pass'],
    said: `Secret "a" is invalid: data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'p' looking for beginning of value`,
  },
  {
    name: "an account's token",
    args: ['--type=kubernetes.io/service-account-token'],
    said: 'Secret "a" is invalid: metadata.annotations[kubernetes.io/service-account.name]: Required value',
  },
];

describe('kubectl create secret generic', () => {
  for (const { name, args, said } of cases)
    hub.test(`shows what a Secret for ${name} lacks`, async (cluster) => {
      const namespace = await cluster.namespace();
      const result = await cluster.kubectl(
        ...(['1.36', '-n', namespace, 'create', 'secret', 'generic', 'a', ...args] as const),
      );
      expect(result).toMatchObject({ exitCode: 1, stderr: `error: failed to create secret ${said}\n` });
    });
});

describe('a Secret', () => {
  hub.test('keeps its type: leaving it out asks for Opaque', async (cluster) => {
    const path = `/api/v1/namespaces/${await cluster.namespace()}/secrets`;
    const tls = { type: 'kubernetes.io/tls', stringData: { 'tls.crt': '', 'tls.key': '' } };
    expectJson(await cluster.admin.post(path, { metadata: { name: 'a' }, ...tls }), 201);
    const { json } = await cluster.admin.put(`${path}/a`, { metadata: { name: 'a' }, data: {} });
    expect(json).toMatchObject({
      code: 422,
      message: 'Secret "a" is invalid: type: Invalid value: "Opaque": field is immutable',
    });
  });

  hub.test('that is sealed may be labelled and deleted, and nothing else', async (cluster) => {
    const path = `/api/v1/namespaces/${await cluster.namespace()}/secrets`;
    const sealed = { metadata: { name: 'a' }, immutable: true, data: { a: 'eA==' } };
    expectJson(await cluster.admin.post(path, sealed), 201);
    for (const change of [{ data: { a: 'eQ==' } }, { stringData: { b: 'z' } }, { immutable: null }])
      expect((await cluster.admin.patch(`${path}/a`, 'merge', change)).json).toMatchObject({
        code: 422,
        message: expect.stringContaining('field is immutable when `immutable` is set'),
      });
    expectJson(await cluster.admin.patch(`${path}/a`, 'merge', { metadata: { labels: { a: 'b' } } }));
    expectJson(await cluster.admin.delete(`${path}/a`));
  });

  hub.test('holds a mebibyte and not a byte more', async (cluster) => {
    const path = `/api/v1/namespaces/${await cluster.namespace()}/secrets`;
    const of = (name: string, bytes: number) => ({
      metadata: { name },
      data: { a: Buffer.alloc(bytes, 1).toString('base64') },
    });
    expectJson(await cluster.admin.post(path, of('a', 1024 * 1024)), 201);
    expect((await cluster.admin.post(path, of('b', 1024 * 1024 + 1))).json).toMatchObject({
      code: 422,
      message: 'Secret "b" is invalid: data: Too long: may not be more than 1048576 bytes',
    });
  });
});
