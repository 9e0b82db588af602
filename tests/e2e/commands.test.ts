import { describe, expect } from 'bun:test';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';
import { KUBECTL_VERSIONS } from '../cluster/required-tools.ts';

const suite = shareCluster({ nodes: 1 });

/** What people type, in this order, and what it must say; `a` is a running pod with the label app=web. */
const COMMANDS: { command: string; exitCode?: number; stdout?: RegExp; stderr?: RegExp }[] = [
  { command: 'get pods -A', stdout: /^NAMESPACE +NAME +READY/ },
  { command: 'get pods --show-labels', stdout: /^a +1\/1 +Running .* app=web$/m },
  { command: 'get pods -l app=web -o name', stdout: /^pod\/a\n$/ },
  { command: 'get pods --field-selector=status.phase=Running -o name', stdout: /^pod\/a\n$/ },
  { command: 'get pods --sort-by=.metadata.name --chunk-size=1 -o name', stdout: /^pod\/a\n$/ },
  { command: 'get pod a -o custom-columns=N:.metadata.name --no-headers', stdout: /^a\n$/ },
  { command: 'get pod a --subresource=status', stdout: /^a +1\/1/m },
  { command: 'get all', stdout: /^(pod\/)?a +1\/1/m },
  { command: 'get sa,cm', stdout: /serviceaccount\/default[\s\S]*configmap\/kube-root-ca.crt/ },
  { command: 'get --raw /readyz?verbose', stdout: /readyz check passed/ },
  { command: 'get nodes -o jsonpath={.items[0].status.addresses[0].address}', stdout: /^127\.0\.1\.1$/ },
  { command: 'get gadgets', exitCode: 1, stderr: /the server doesn't have a resource type "gadgets"/ },
  { command: 'logs -l app=web', stdout: /^hello\n$/ },
  { command: 'logs a --all-containers --prefix', stdout: /^\[pod\/a\/main\] hello\n$/ },
  { command: 'logs nobody', exitCode: 1, stderr: /pods "nobody" not found/ },
  { command: 'annotate pod a note=here', stdout: /^pod\/a annotated\n$/ },
  { command: 'label pod a tier=front', stdout: /^pod\/a labeled\n$/ },
  { command: 'label pod a tier-', stdout: /^pod\/a unlabeled\n$/ },
  { command: 'patch pod a --type=merge -p {"metadata":{"labels":{"x":"y"}}}', stdout: /^pod\/a patched\n$/ },
  {
    command: 'patch pod a --type=json -p [{"op":"remove","path":"/metadata/labels/x"}]',
    stdout: /^pod\/a patched\n$/,
  },
  { command: 'wait --for=jsonpath={.status.phase}=Running pod/a --timeout=5s', stdout: /condition met/ },
  { command: 'create configmap c --from-literal=k=v', stdout: /^configmap\/c created\n$/ },
  { command: 'describe configmap c', stdout: /^k:\n----\nv\n/m },
  { command: 'create secret generic s --from-literal=k=v', stdout: /^secret\/s created\n$/ },
  {
    command: 'create secret docker-registry d --docker-server=x --docker-username=u --docker-password=p',
    stdout: /^secret\/d created\n$/,
  },
  { command: 'get secret s -o jsonpath={.data.k}', stdout: /^dg==$/ },
  { command: 'describe secret s', stdout: /^k: +1 bytes$/m },
  { command: 'create serviceaccount builder', stdout: /^serviceaccount\/builder created\n$/ },
  { command: 'create token builder --duration=10m', stdout: /^[\w-]+\.[\w-]+\.[\w-]+\n?$/ },
  { command: 'create role reader --verb=get,list --resource=pods', stdout: /role\S*\/reader created/ },
  {
    command: 'create rolebinding readers --role=reader --user=jane',
    stdout: /rolebinding\S*\/readers created/,
  },
  { command: 'auth can-i list pods --as=jane', stdout: /^yes\n$/ },
  { command: 'auth can-i delete pods --as=jane', exitCode: 1, stdout: /^no\n$/ },
  { command: 'describe role reader', stdout: /^ +pods +\[\] +\[\] +\[get list\]$/m },
  { command: 'create namespace Bad_Name', exitCode: 1, stderr: /The Namespace "Bad_Name" is invalid/ },
  { command: 'delete namespace default', exitCode: 1, stderr: /namespaces "default" is forbidden/ },
  { command: 'certificate approve nobody', exitCode: 1, stderr: /"nobody" not found/ },
  {
    command: 'run once --image=host --restart=Never --attach --rm --command -- echo from run',
    stdout: /^from run\n/,
  },
  { command: 'run lasting --image=host --command -- sleep 3600', stdout: /^pod\/lasting created\n$/ },
  { command: 'delete pod lasting --now', stdout: /^pod "lasting" deleted/ },
  { command: 'delete configmap c --ignore-not-found', stdout: /deleted/ },
  { command: 'delete configmap c --ignore-not-found', stdout: /^$/ },
  { command: 'delete secret --all', stdout: /secret "d" deleted[\s\S]*secret "s" deleted/ },
  { command: 'delete pod a --force --grace-period=0', stdout: /force deleted/ },
];

/** What is not there yet is refused in words that tell so, and at once. */
const REFUSED: { command: string; stderr: RegExp }[] = [
  {
    command: 'exec a -- ls',
    stderr: /the server could not find the requested resource/,
  },
  { command: 'port-forward a 8080:80', stderr: /the server could not find the requested resource/ },
  { command: 'create deployment d --image=x', stderr: /the server could not find the requested resource/ },
  { command: 'get deployments', stderr: /the server doesn't have a resource type "deployments"/ },
  { command: 'top nodes', stderr: /Metrics API not available/ },
];

for (const version of KUBECTL_VERSIONS) {
  describe(`kubectl ${version}`, () => {
    suite.test('commands of every day say what they say to upstream', async (cluster) => {
      const namespace = await cluster.namespace();
      const pod = shellPod('a', 'echo hello; exec sleep 3600', { metadata: { labels: { app: 'web' } } });
      const path = await createPod(cluster, namespace, pod);
      await podThat(cluster, path, isReady);
      await eventuallyPasses(async () =>
        expect((await cluster.admin.get(`${path}/log`)).text).toBe('hello\n'),
      );
      for (const { command, exitCode = 0, stdout, stderr } of COMMANDS) {
        const result = await cluster.kubectl(version, '-n', namespace, ...command.split(' '));
        // Shown whole where one of its parts is not as it should be.
        const said = { command, ...result };
        expect(said).toMatchObject({ command, exitCode });
        if (stdout !== undefined)
          expect(said).toMatchObject({ command, stdout: expect.stringMatching(stdout) });
        if (stderr !== undefined)
          expect(said).toMatchObject({ command, stderr: expect.stringMatching(stderr) });
      }
    });

    suite.test('what is not implemented is refused clearly', async (cluster) => {
      const namespace = await cluster.namespace();
      const path = await createPod(cluster, namespace, shellPod('a', 'exec sleep 3600'));
      await podThat(cluster, path, isReady);
      for (const { command, stderr } of REFUSED) {
        const result = await cluster.kubectl(version, '-n', namespace, ...command.split(' '));
        expect({ command, ...result }).toMatchObject({
          command,
          exitCode: 1,
          stderr: expect.stringMatching(stderr),
        });
      }
    });
  });
}
