import { describe, expect } from 'bun:test';
import { stringify } from 'yaml';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { authorityOf, issue } from '../cluster/identities.ts';
import { shellPod } from '../cluster/objects.ts';
import { KUBECTL_VERSIONS } from '../cluster/required-tools.ts';

const suite = shareCluster({ nodes: 1, nats: true });

/** Prints a line, waits until it is ended. */
const HELLO = 'echo hello from $HOSTNAME; echo to stderr >&2; exec sleep 3600';

for (const version of KUBECTL_VERSIONS) {
  const id = version.replace('.', '-');
  describe(`kubectl ${version}`, () => {
    suite.test('get nodes -o wide shows the node Ready, with its address and runtime', async (cluster) => {
      const { stdout, exitCode } = await cluster.kubectl(version, 'get', 'nodes', '-o', 'wide');
      expect(exitCode).toBe(0);
      const [header, row, ...others] = stdout.trimEnd().split('\n');
      expect(header).toMatch(
        /^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP +EXTERNAL-IP +OS-IMAGE +KERNEL-VERSION +CONTAINER-RUNTIME$/,
      );
      expect(row).toMatch(
        /^node-1 +Ready +<none> +\S+ +v1\.36\S* +127\.0\.1\.1 +<none> +\S.* +\S+ +\S+:\/\/\S+$/,
      );
      expect(others).toEqual([]);
    });

    suite.test('apply -f, get -w, logs, describe, delete: the life of a pod', async (cluster) => {
      const namespace = await cluster.namespace();
      const inNamespace = (...args: string[]) => cluster.kubectl(version, '-n', namespace, ...args);
      await using watch = cluster.startKubectl(version, '-n', namespace, 'get', 'pods', '-w');
      const apply = await cluster.kubectlWithInput(
        version,
        stringify(shellPod('hello', HELLO)),
        '-n',
        namespace,
        'apply',
        '-f',
        '-',
      );
      expect(apply).toMatchObject({ exitCode: 0, stdout: 'pod/hello created\n', stderr: '' });
      await eventuallyPasses(() => expect(watch.stdout).toMatch(/^hello +1\/1 +Running +0 +\S+$/m));
      expect(watch.lines[0]).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE$/);
      expect(watch.stdout).toMatch(/^hello +0\/1 +Pending/m);

      const logs = await inNamespace('logs', 'hello');
      expect(logs).toMatchObject({ exitCode: 0, stderr: '' });
      expect(logs.stdout.split('\n').sort()).toEqual(['', 'hello from hello', 'to stderr']);

      const describe = await inNamespace('describe', 'pod', 'hello');
      expect(describe.exitCode).toBe(0);
      for (const text of [
        /^Node: +node-1\/127\.0\.1\.1$/m,
        /^Status: +Running$/m,
        /Successfully assigned \S+ to node-1/,
        /Started container main|Container started/,
        /^ +State: +Running$/m,
      ])
        expect(describe.stdout).toMatch(text);

      const remove = await inNamespace('delete', 'pod', 'hello');
      expect(remove.exitCode).toBe(0);
      expect(remove.stdout).toStartWith('pod "hello" deleted');
      const gone = await inNamespace('get', 'pod', 'hello');
      expect(gone).toMatchObject({
        exitCode: 1,
        stderr: 'Error from server (NotFound): pods "hello" not found\n',
      });
      await eventuallyPasses(() =>
        expect(watch.stdout).toMatch(/^hello +\d\/1 +(Terminating|Completed|Error)/m),
      );
    });

    suite.test('describe node shows its conditions, leases and pods', async (cluster) => {
      const { stdout, exitCode } = await cluster.kubectl(version, 'describe', 'node', 'node-1');
      expect(exitCode).toBe(0);
      for (const text of [
        /^Name: +node-1$/m,
        /^ +Ready +True +/m,
        /^ +InternalIP: +127\.0\.1\.1$/m,
        /^PodCIDR: +10\.244\.0\.0\/24$/m,
        /HolderIdentity: +node-1/,
      ])
        expect(stdout).toMatch(text);
    });

    suite.test('get csr shows how the node came by its certificates', async (cluster) => {
      const { stdout, exitCode } = await cluster.kubectl(version, 'get', 'csr');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(
        /^node-csr-\S+ +\S+ +kubernetes\.io\/kube-apiserver-client-kubelet +system:bootstrap:\S+ +<none> +Approved,Issued$/m,
      );
      expect(stdout).toMatch(
        /^csr-\S+ +\S+ +kubernetes\.io\/kubelet-serving +system:node:node-1 +<none> +Approved,Issued$/m,
      );
    });

    suite.test('certificate approve signs what a user asks for; deny refuses it', async (cluster) => {
      const { createCertificateRequest, encodePrivateKey, generateKeyPair } = await import('@hawser/pki');
      const keyPair = generateKeyPair('rsa-2048');
      const request = Buffer.from(
        createCertificateRequest({
          keyPair,
          subject: { commonName: `carol-${id}`, organizations: ['crew'] },
        }),
      ).toString('base64');
      const csr = (name: string) =>
        stringify({
          apiVersion: 'certificates.k8s.io/v1',
          kind: 'CertificateSigningRequest',
          metadata: { name },
          spec: {
            request,
            signerName: 'kubernetes.io/kube-apiserver-client',
            usages: ['client auth'],
            expirationSeconds: 3600,
          },
        });
      const [good, bad] = [`good-${id}`, `bad-${id}`];
      for (const name of [good, bad])
        expect((await cluster.kubectlWithInput(version, csr(name), 'create', '-f', '-')).exitCode).toBe(0);
      expect((await cluster.kubectl(version, 'get', 'csr', good)).stdout).toMatch(/ Pending$/m);
      const approve = await cluster.kubectl(version, 'certificate', 'approve', good);
      expect(approve).toMatchObject({
        exitCode: 0,
        stdout: `certificatesigningrequest.certificates.k8s.io/${good} approved\n`,
      });
      const deny = await cluster.kubectl(version, 'certificate', 'deny', bad);
      expect(deny.exitCode).toBe(0);
      expect((await cluster.kubectl(version, 'get', 'csr', bad)).stdout).toMatch(/ Denied$/m);
      const cert = await eventually(async () => {
        const { stdout } = await cluster.kubectl(
          version,
          'get',
          'csr',
          good,
          '-o',
          'jsonpath={.status.certificate}',
        );
        return stdout === '' ? undefined : Buffer.from(stdout, 'base64').toString();
      });
      const kubeconfig = cluster.kubeconfig(`carol-${id}`, { cert, key: encodePrivateKey(keyPair) });
      const who = await cluster.kubectl(
        version,
        '--kubeconfig',
        kubeconfig,
        'auth',
        'whoami',
        '-o',
        'jsonpath={.status.userInfo.username} {.status.userInfo.groups}',
      );
      expect(who.stdout).toBe(`carol-${id} ["crew","system:authenticated"]`);
    });

    suite.test('a wrong token is a 401, missing rights are a 403', async (cluster) => {
      const wrong = cluster.kubeconfig(`wrong-${id}`, { token: 'nonsense' });
      const unauthorized = await cluster.kubectl(version, '--kubeconfig', wrong, 'get', 'pods');
      expect(unauthorized.exitCode).toBe(1);
      expect(unauthorized.stderr).toContain('You must be logged in to the server');
      const jane = cluster.kubeconfig(
        `jane-${id}`,
        issue(authorityOf(cluster.layout.pki.ca), { commonName: 'jane' }),
      );
      const forbidden = await cluster.kubectl(version, '--kubeconfig', jane, 'get', 'pods');
      expect(forbidden).toMatchObject({
        exitCode: 1,
        stderr:
          'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"\n',
      });
    });

    suite.test('wait sees a pod become ready and go', async (cluster) => {
      const namespace = await cluster.namespace();
      const create = await cluster.kubectlWithInput(
        version,
        stringify(shellPod('a', 'exec sleep 3600')),
        '-n',
        namespace,
        'create',
        '-f',
        '-',
      );
      expect(create.exitCode).toBe(0);
      const ready = await cluster.kubectl(
        version,
        '-n',
        namespace,
        'wait',
        '--for=condition=Ready',
        'pod/a',
        '--timeout=20s',
      );
      expect(ready).toMatchObject({ exitCode: 0, stdout: 'pod/a condition met\n' });
      const deletion = cluster.kubectl(version, '-n', namespace, 'delete', 'pod', 'a', '--wait=false');
      const gone = await cluster.kubectl(
        version,
        '-n',
        namespace,
        'wait',
        '--for=delete',
        'pod/a',
        '--timeout=20s',
      );
      expect(gone.exitCode).toBe(0);
      expect((await deletion).exitCode).toBe(0);
    });

    suite.test('get events tells what happened to a pod', async (cluster) => {
      const namespace = await cluster.namespace();
      const pod = stringify(shellPod('a', 'true', { restartPolicy: 'Never' }));
      expect(
        (await cluster.kubectlWithInput(version, pod, '-n', namespace, 'create', '-f', '-')).exitCode,
      ).toBe(0);
      await eventuallyPasses(async () => {
        const { stdout } = await cluster.kubectl(version, '-n', namespace, 'get', 'events');
        for (const reason of ['Scheduled', 'Created', 'Started'])
          expect(stdout).toMatch(new RegExp(` ${reason} +pod/a `));
      });
    });

    suite.test('delete namespace takes everything in it', async (cluster) => {
      const namespace = await cluster.namespace();
      const inNamespace = (...args: string[]) => cluster.kubectl(version, '-n', namespace, ...args);
      const pod = stringify(shellPod('a', 'exec sleep 3600'));
      expect(
        (await cluster.kubectlWithInput(version, pod, '-n', namespace, 'create', '-f', '-')).exitCode,
      ).toBe(0);
      expect((await inNamespace('create', 'configmap', 'a')).exitCode).toBe(0);
      expect((await inNamespace('wait', '--for=condition=Ready', 'pod/a', '--timeout=20s')).exitCode).toBe(0);
      expect(await cluster.kubectl(version, 'delete', 'namespace', namespace)).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
      expect((await cluster.kubectl(version, 'get', 'namespace', namespace)).stderr).toContain('not found');
    });

    suite.test(
      "a new namespace has its default account and the cluster's root certificate",
      async (cluster) => {
        const name = `fresh-${id}`;
        expect((await cluster.kubectl(version, 'create', 'namespace', name)).exitCode).toBe(0);
        await eventuallyPasses(async () => {
          expect(
            (await cluster.kubectl(version, '-n', name, 'get', 'serviceaccount', 'default', '-o', 'name'))
              .stdout,
          ).toBe('serviceaccount/default\n');
        });
        const ca = await eventually(async () => {
          const { stdout } = await cluster.kubectl(
            version,
            '-n',
            name,
            'get',
            'configmap',
            'kube-root-ca.crt',
            '-o',
            'jsonpath={.data.ca\\.crt}',
          );
          return stdout === '' ? undefined : stdout;
        });
        expect(ca.trim()).toBe(cluster.admin.identity.ca.trim());
      },
    );
  });
}
