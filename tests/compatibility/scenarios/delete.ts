import { configMap, shellPod } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

const core = (resource: string) => `/api/v1/namespaces/{ns}/${resource}`;
const labels = { labels: { app: 'web' } };
const sleeper = shellPod('p', 'exec sleep 3600');
/** Since 1.33 or so kubectl adds the namespace. */
const deleted = (what: string) => new RegExp(`^${what} deleted( from {ns} namespace)?\n$`);

const ownedBy = (owner: string, name: string) =>
  configMap(
    name,
    {},
    {
      ownerReferences: [
        { apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid: `{uid:${owner}}`, blockOwnerDeletion: true },
      ],
    },
  );

/** `kubectl delete`. */
export const deleteGroup: ScenarioGroup = {
  title: 'delete',
  scenarios: [
    {
      name: 'delete KIND NAME, of several, of nobody',
      given: [configMap('a'), configMap('b'), configMap('c')],
      steps: [
        {
          run: 'delete configmap a',
          stdout: deleted('configmap "a"'),
          state: { [core('configmaps/a')]: 404 },
        },
        { run: 'delete configmap/b cm/c -o name', stdout: 'configmap/b\nconfigmap/c\n' },
        {
          run: 'delete configmap a',
          exitCode: 1,
          stderr: 'Error from server (NotFound): configmaps "a" not found\n',
        },
        { run: 'delete configmap a --ignore-not-found', stdout: '' },
      ],
    },
    {
      name: 'delete -f',
      given: [configMap('a')],
      files: { 'a.yaml': configMap('a') },
      steps: [{ run: 'delete -f a.yaml', stdout: deleted('configmap "a"') }],
    },
    {
      name: 'delete -l, --field-selector, --all',
      given: [configMap('a', {}, labels), configMap('b'), configMap('c')],
      steps: [
        { run: 'delete configmap -l app=web', stdout: deleted('configmap "a"') },
        { run: 'delete configmap --field-selector metadata.name=b', stdout: deleted('configmap "b"') },
        {
          run: 'delete configmap --all',
          stdout: /^configmap "c" deleted/m,
          state: { [core('configmaps/c')]: 404 },
        },
        {
          run: 'delete secret --all',
          stdout: /^(No resources found\n)?$/,
          stderr: /^(No resources found\n)?$/,
        },
      ],
    },
    {
      name: 'delete --dry-run=client|server',
      given: [configMap('a')],
      steps: [
        {
          run: 'delete configmap a --dry-run=client',
          stdout: /^configmap "a" deleted (from {ns} namespace )?\(dry run\)\n$/,
        },
        {
          run: 'delete configmap a --dry-run=server',
          stdout: /^configmap "a" deleted (from {ns} namespace )?\(server dry run\)\n$/,
          state: { [core('configmaps/a')]: { metadata: { name: 'a' } } },
        },
      ],
    },
    {
      name: 'delete pod: waits until it has ended',
      given: [sleeper],
      steps: [
        { run: 'wait pod/p --for=condition=Ready --timeout=20s', stdout: 'pod/p condition met\n' },
        { run: 'delete pod p', stdout: deleted('pod "p"'), state: { [core('pods/p')]: 404 } },
      ],
    },
    {
      name: 'delete --wait=false, --grace-period, --now',
      given: [sleeper, shellPod('q', 'exec sleep 3600')],
      steps: [
        {
          run: 'wait pod --all --for=condition=Ready --timeout=20s',
          stdout: 'pod/p condition met\npod/q condition met\n',
        },
        { run: 'delete pod p --wait=false --grace-period=2', stdout: deleted('pod "p"') },
        { run: 'delete pod q --now', stdout: deleted('pod "q"') },
        { state: { [core('pods/p')]: 404, [core('pods/q')]: 404 }, eventually: true },
      ],
    },
    {
      name: 'delete --force --grace-period=0',
      given: [sleeper],
      steps: [
        {
          run: 'delete pod p --force --grace-period=0',
          stdout: /^pod "p" force deleted/,
          stderr: /^Warning: Immediate deletion does not wait for confirmation/,
          state: { [core('pods/p')]: 404 },
        },
      ],
    },
    {
      name: 'delete --cascade=background|foreground|orphan',
      given: ['b', 'f', 'o'].flatMap((mode) => [
        configMap(`owner-${mode}`),
        ownedBy(`owner-${mode}`, `owned-${mode}`),
      ]),
      steps: [
        { run: 'delete configmap owner-b --cascade=background', stdout: /deleted/ },
        { state: { [core('configmaps/owned-b')]: 404 }, eventually: true },
        {
          run: 'delete configmap owner-f --cascade=foreground',
          stdout: /deleted/,
          state: { [core('configmaps/owned-f')]: 404 },
        },
        {
          run: 'delete configmap owner-o --cascade=orphan',
          stdout: /deleted/,
          state: { [core('configmaps/owner-o')]: 404 },
        },
        {
          run: "get configmap owned-o -o 'jsonpath={.metadata.ownerReferences}'",
          stdout: '',
          eventually: true,
        },
      ],
    },
    {
      name: 'delete of what has a finalizer',
      given: [configMap('a', {}, { finalizers: ['example.org/hold'] })],
      steps: [
        {
          run: 'delete configmap a --timeout=1s',
          exitCode: 1,
          stderr: /timed out waiting for the condition/,
        },
        {
          run: "get configmap a -o 'go-template={{if .metadata.deletionTimestamp}}ending{{end}}'",
          stdout: 'ending',
        },
        {
          run: `patch configmap a --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'`,
          stdout: 'configmap/a patched\n',
          state: { [core('configmaps/a')]: 404 },
        },
      ],
    },
    {
      name: 'delete --raw',
      given: [configMap('a')],
      steps: [
        {
          run: 'delete --raw /api/v1/namespaces/{ns}/configmaps/a',
          stdout: /"status": ?"Success"/,
          state: { [core('configmaps/a')]: 404 },
        },
      ],
    },
    {
      name: 'delete namespace: with everything in it',
      steps: [
        { run: 'create namespace x-{id}' },
        { run: 'create configmap a -n x-{id}' },
        { run: 'create -f - -n x-{id}', stdin: shellPod('p', 'exec sleep 3600') },
        {
          run: 'delete namespace x-{id}',
          stdout: 'namespace "x-{id}" deleted\n',
          state: { '/api/v1/namespaces/x-{id}': 404, '/api/v1/namespaces/x-{id}/configmaps/a': 404 },
        },
      ],
    },
    {
      name: 'delete namespace default',
      steps: [
        {
          run: 'delete namespace default',
          exitCode: 1,
          stderr:
            'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted\n',
        },
      ],
    },
  ],
};
