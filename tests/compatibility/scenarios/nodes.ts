import { shellPod } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

const node = '/api/v1/nodes/n-{id}';
/** A node of the run's own that no kubelet keeps. */
const bareNode = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n-{id}' } };
const sleeper = (name: string, spec: object = {}) =>
  shellPod(name, 'exec sleep 3600', { metadata: { labels: { app: '{id}' } }, ...spec });

/** What administrators do to nodes. */
export const nodesGroup: ScenarioGroup = {
  title: 'cordon, taint, drain',
  scenarios: [
    {
      name: 'cordon, uncordon',
      given: [bareNode],
      steps: [
        {
          run: 'cordon n-{id}',
          stdout: 'node/n-{id} cordoned\n',
          state: { [node]: { spec: { unschedulable: true } } },
        },
        { run: 'cordon n-{id}', stdout: 'node/n-{id} already cordoned\n' },
        { run: 'get node n-{id}', stdout: /^n-{id} +\S*,SchedulingDisabled +/m },
        { run: 'uncordon n-{id}', stdout: 'node/n-{id} uncordoned\n' },
        { run: 'uncordon n-{id}', stdout: 'node/n-{id} already uncordoned\n' },
        { run: "get node n-{id} -o 'jsonpath={.spec.unschedulable}'", stdout: '' },
        { run: 'delete node n-{id}', stdout: 'node "n-{id}" deleted\n' },
      ],
    },
    {
      name: 'taint: add, change, remove',
      given: [bareNode],
      steps: [
        { run: 'taint node n-{id} gpu=yes:NoSchedule', stdout: 'node/n-{id} tainted\n' },
        {
          run: 'taint node n-{id} gpu=no:NoSchedule',
          exitCode: 1,
          stderr:
            /^error: node n-{id} already has gpu taint\(s\) with same effect\(s\) and --overwrite is false\n$/,
        },
        { run: 'taint node n-{id} gpu=no:NoSchedule --overwrite', stdout: 'node/n-{id} modified\n' },
        { run: 'taint node n-{id} gpu=no:NoExecute', stdout: 'node/n-{id} tainted\n' },
        {
          run: 'get node n-{id} -o \'jsonpath={range .spec.taints[?(@.key=="gpu")]}{.value}:{.effect} {end}\'',
          stdout: /^(no:NoExecute no:NoSchedule|no:NoSchedule no:NoExecute) $/,
        },
        { run: 'taint node n-{id} gpu:NoSchedule-', stdout: 'node/n-{id} untainted\n' },
        { run: 'taint node n-{id} gpu-', stdout: 'node/n-{id} untainted\n' },
        { run: 'taint node n-{id} gpu-', exitCode: 1, stderr: /taint "gpu" not found/ },
        {
          run: 'taint node n-{id} gpu=x:Sometimes',
          exitCode: 1,
          stderr: /invalid taint effect: Sometimes, unsupported taint effect/,
        },
        { run: 'delete node n-{id}' },
      ],
    },
    {
      name: 'drain: evicts what may go, says what may not',
      alone: true,
      finally: ['uncordon node-1'],
      given: [sleeper('bare'), sleeper('scratch', { volumes: [{ name: 'v', emptyDir: {} }] })],
      steps: [
        { run: 'wait pod --all --for=condition=Ready --timeout=20s' },
        {
          run: 'drain node-1 --pod-selector app={id}',
          exitCode: 1,
          stdout: /^node\/node-1 cordoned\n/,
          stderr:
            /cannot delete (Pods with local storage \(use --delete-emptydir-data to override\): {ns}\/scratch|cannot delete Pods that declare no controller)/,
        },
        {
          run: 'drain node-1 --pod-selector app={id} --force --delete-emptydir-data --timeout=30s',
          stdout:
            /^node\/node-1 already cordoned\n[\s\S]*^pod\/(bare|scratch) evicted\n[\s\S]*^node\/node-1 drained\n$/m,
          stderr: /^Warning: deleting Pods that declare no controller: {ns}\/bare, {ns}\/scratch\n$/,
          state: {
            '/api/v1/namespaces/{ns}/pods/bare': 404,
            '/api/v1/namespaces/{ns}/pods/scratch': 404,
            '/api/v1/nodes/node-1': { spec: { unschedulable: true } },
          },
        },
      ],
    },
    {
      name: 'drain against a PodDisruptionBudget',
      alone: true,
      finally: ['uncordon node-1'],
      given: [
        sleeper('bare'),
        {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'b' },
          spec: { minAvailable: 1, selector: { matchLabels: { app: '{id}' } } },
        },
      ],
      steps: [
        { run: 'wait pod/bare --for=condition=Ready --timeout=20s' },
        {
          run: 'drain node-1 --pod-selector app={id} --force --timeout=1s',
          exitCode: 1,
          stderr: /Cannot evict pod as it would violate the pod's disruption budget\./,
          state: { '/api/v1/namespaces/{ns}/pods/bare': { status: { phase: 'Running' } } },
        },
        { run: 'delete pdb b' },
        {
          run: 'drain node-1 --pod-selector app={id} --force --timeout=30s',
          stdout: /^pod\/bare evicted$/m,
          stderr:
            /^(There are pending (pods|nodes).*\n|error when evicting .*\n)*Warning: deleting Pods that declare no controller: {ns}\/bare\n/,
        },
      ],
    },
    {
      name: 'drain of pods that a Deployment keeps',
      alone: true,
      finally: ['uncordon node-1'],
      steps: [
        { run: 'create deployment {id} --image=host -- sleep 3600' },
        { run: 'wait deployment/{id} --for=condition=Available --timeout=30s' },
        {
          run: 'drain node-1 --pod-selector app={id} --timeout=40s --grace-period=1',
          stdout: /^pod\/{id}-\S+ evicted\nnode\/node-1 drained\n$/m,
        },
        {
          run: "get pods -l app={id} -o 'jsonpath={.items[*].status.phase}'",
          stdout: 'Pending',
          eventually: true,
        },
        { run: 'uncordon node-1' },
        {
          run: 'wait deployment/{id} --for=condition=Available --timeout=30s',
          stdout: 'deployment.apps/{id} condition met\n',
        },
      ],
    },
    {
      name: 'drain --ignore-daemonsets',
      alone: true,
      finally: ['uncordon node-1'],
      given: [
        {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          metadata: { name: 'd' },
          spec: {
            selector: { matchLabels: { app: '{id}' } },
            template: { metadata: { labels: { app: '{id}' } }, spec: sleeper('d').spec },
          },
        },
      ],
      steps: [
        { run: 'rollout status daemonset/d --timeout=30s' },
        {
          run: 'drain node-1 --pod-selector app={id}',
          exitCode: 1,
          stderr: /cannot delete DaemonSet-managed Pods \(use --ignore-daemonsets to ignore\): {ns}\/d-/,
        },
        {
          run: 'drain node-1 --pod-selector app={id} --ignore-daemonsets',
          stdout: /^node\/node-1 drained\n$/m,
          stderr: /^Warning: ignoring DaemonSet-managed Pods: {ns}\/d-\S+\n$/,
        },
      ],
    },
    {
      name: 'drain --dry-run=client|server',
      alone: true,
      finally: ['uncordon node-1'],
      given: [sleeper('bare')],
      steps: [
        { run: 'wait pod/bare --for=condition=Ready --timeout=20s' },
        {
          run: 'drain node-1 --pod-selector app={id} --force --dry-run=client',
          stdout: /^node\/node-1 cordoned \(dry run\)\n/,
          stderr:
            /^(There are pending (pods|nodes).*\n|error when evicting .*\n)*Warning: deleting Pods that declare no controller: {ns}\/bare\n/,
        },
        {
          run: 'drain node-1 --pod-selector app={id} --force --dry-run=server',
          stdout: /^node\/node-1 cordoned \(server dry run\)\n/,
          stderr:
            /^(There are pending (pods|nodes).*\n|error when evicting .*\n)*Warning: deleting Pods that declare no controller: {ns}\/bare\n/,
          state: { '/api/v1/namespaces/{ns}/pods/bare': { metadata: { name: 'bare' } } },
        },
        { run: "get node node-1 -o 'jsonpath={.spec.unschedulable}'", stdout: '' },
      ],
    },
    {
      name: 'drain --disable-eviction',
      alone: true,
      finally: ['uncordon node-1'],
      given: [sleeper('bare')],
      steps: [
        { run: 'wait pod/bare --for=condition=Ready --timeout=20s' },
        {
          run: 'drain node-1 --pod-selector app={id} --force --disable-eviction',
          stdout: /^pod\/bare deleted\n/m,
          stderr:
            /^(There are pending (pods|nodes).*\n|error when evicting .*\n)*Warning: deleting Pods that declare no controller: {ns}\/bare\n/,
          state: { '/api/v1/namespaces/{ns}/pods/bare': 404 },
        },
      ],
    },
    {
      name: 'label node, annotate node',
      given: [bareNode],
      steps: [
        { run: 'label node n-{id} node-role.kubernetes.io/edge=', stdout: 'node/n-{id} labeled\n' },
        { run: 'get node n-{id}', stdout: /^n-{id} +\S+ +edge +/m },
        { run: 'delete node n-{id}' },
      ],
    },
  ],
};
