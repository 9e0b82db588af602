import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectJson } from '../../cluster/expectations.ts';
import type { KubectlVersion } from '../../cluster/required-tools.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();

const map = (data: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data });

const pod = (image: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', labels: { app: 'a' } },
    spec: { containers: [{ name: 'c', image }] },
  });

class Shell {
  constructor(
    readonly cluster: Cluster,
    readonly version: KubectlVersion,
    readonly namespace: string,
  ) {}

  run(input: string, ...args: string[]) {
    return this.cluster.kubectlWithInput(this.version, input, '-n', this.namespace, ...args);
  }

  async says(input: string, ...args: string[]): Promise<string> {
    const { exitCode: code, stdout, stderr } = await this.run(input, ...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.trim();
  }

  async get(plural: string): Promise<Json> {
    return expectJson(await this.cluster.admin.get(`/api/v1/namespaces/${this.namespace}/${plural}/a`));
  }
}

for (const version of ['1.36', '1.27'] as const)
  describe(`kubectl ${version}`, () => {
    const test = (name: string, body: (shell: Shell) => Promise<void>) =>
      hub.test(`${version} ${name}`, async (cluster) =>
        body(new Shell(cluster, version, await cluster.namespace())),
      );

    test('applies server-side, and shows who manages what', async (shell) => {
      expect(await shell.says(map({ a: '1' }), 'apply', '--server-side', '-f', '-')).toBe(
        'configmap/a serverside-applied',
      );
      await shell.says(map({ b: '2' }), 'apply', '--server-side', '-f', '-');
      expect((await shell.get('configmaps')).data).toEqual({ b: '2' });
      const shown = await shell.says('', 'get', 'configmap', 'a', '-o', 'json', '--show-managed-fields');
      expect(JSON.parse(shown).metadata.managedFields).toMatchObject([
        { manager: 'kubectl', operation: 'Apply', fieldsV1: { 'f:data': { 'f:b': {} } } },
      ]);
      expect(await shell.says('', 'get', 'configmap', 'a', '-o', 'json')).not.toContain('managedFields');
    });

    test('tells of conflicts, and how to force them', async (shell) => {
      await shell.says(map({ a: '1' }), 'apply', '--server-side', '--field-manager=one', '-f', '-');
      const { exitCode: code, stderr } = await shell.run(
        map({ a: '2' }),
        'apply',
        '--server-side',
        '-f',
        '-',
      );
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Apply failed with 1 conflict: conflict with "one": .data.a'),
      });
      await shell.says(map({ a: '2' }), 'apply', '--server-side', '--force-conflicts', '-f', '-');
      expect((await shell.get('configmaps')).data).toEqual({ a: '2' });
    });

    test('goes over from client-side apply, and drops what it applied then and does not now', async (shell) => {
      await shell.says(map({ a: '1', b: '2' }), 'apply', '-f', '-');
      await shell.says('', 'patch', 'configmap', 'a', '-p', '{"data":{"x":"9"}}');
      await shell.says(map({ a: '3' }), 'apply', '--server-side', '-f', '-');
      const { data, metadata } = await shell.get('configmaps');
      expect(data).toEqual({ a: '3', x: '9' });
      expect(metadata.managedFields.map(({ manager }: Json) => manager)).toContain('kubectl');
      expect(
        JSON.parse(await shell.says('', 'apply', 'view-last-applied', 'configmap/a', '-o', 'json')),
      ).toMatchObject({
        data: { a: '3' },
      });
    });

    test('goes over to it on a pod, of which the server wrote the most', async (shell) => {
      await shell.says(pod('i:1'), 'apply', '-f', '-');
      const binding = { metadata: { name: 'a' }, target: { kind: 'Node', name: 'n' } };
      const path = `/api/v1/namespaces/${shell.namespace}/pods/a/binding`;
      expectJson(await shell.cluster.admin.post(path, binding), 201);
      await shell.says(pod('i:2'), 'apply', '--server-side', '-f', '-');
      await shell.says(pod('i:2'), 'apply', '--server-side', '-f', '-');
      const { spec } = await shell.get('pods');
      expect(spec.containers[0].image).toBe('i:2');
      expect(spec.nodeName).toBe('n');
    });

    test('goes back to client-side apply', async (shell) => {
      await shell.says(map({ a: '1', b: '2' }), 'apply', '-f', '-');
      await shell.says(map({ a: '2', b: '2' }), 'apply', '--server-side', '-f', '-');
      await shell.says(map({ a: '3' }), 'apply', '-f', '-');
      expect((await shell.get('configmaps')).data).toEqual({ a: '3' });
    });

    test('shows what an apply would change', async (shell) => {
      await shell.says(map({ a: '1' }), 'apply', '--server-side', '-f', '-');
      const { exitCode: code, stdout } = await shell.run(map({ a: '2' }), 'diff', '--server-side', '-f', '-');
      expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('+  a: "2"') });
      expect((await shell.get('configmaps')).data).toEqual({ a: '1' });
    });
  });
