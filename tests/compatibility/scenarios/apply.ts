import { configMap } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

const core = (resource: string) => `/api/v1/namespaces/{ns}/${resource}`;
const labelled = (name: string, data: Record<string, string>) =>
  configMap(name, data, { labels: { app: 'web' } });

/** `kubectl apply` and what goes with it. */
export const applyGroup: ScenarioGroup = {
  title: 'apply, diff, kustomize',
  scenarios: [
    {
      name: 'apply -f: new, unchanged, changed, with a key less',
      files: {
        '1.yaml': configMap('a', { k: 'v', gone: 'soon' }),
        '2.yaml': configMap('a', { k: 'w', l: 'x' }),
      },
      steps: [
        { run: 'apply -f 1.yaml', stdout: 'configmap/a created\n' },
        { run: 'apply -f 1.yaml', stdout: 'configmap/a unchanged\n' },
        { run: 'patch configmap a -p \'{"data":{"mine":"kept"}}\'', stdout: 'configmap/a patched\n' },
        {
          run: 'apply -f 2.yaml',
          stdout: 'configmap/a configured\n',
          state: { [core('configmaps/a')]: { data: { k: 'w', l: 'x', mine: 'kept' } } },
        },
        { run: "get configmap a -o 'jsonpath={.data.gone}'", stdout: '' },
      ],
    },
    {
      name: 'apply -f of a directory and of standard input',
      files: { 'd/a.yaml': configMap('a'), 'd/b.yaml': configMap('b') },
      steps: [
        { run: 'apply -f d', stdout: 'configmap/a created\nconfigmap/b created\n' },
        { run: 'apply -f -', stdin: configMap('c', { k: 'v' }), stdout: 'configmap/c created\n' },
      ],
    },
    {
      name: 'apply of what create made',
      given: [configMap('a', { k: 'v' })],
      steps: [
        {
          run: 'apply -f -',
          stdin: configMap('a', { k: 'w' }),
          stdout: 'configmap/a configured\n',
          stderr:
            /^Warning: resource configmaps\/a is missing the kubectl\.kubernetes\.io\/last-applied-configuration annotation/,
          state: { [core('configmaps/a')]: { data: { k: 'w' } } },
        },
      ],
    },
    {
      name: 'apply --dry-run=client|server',
      steps: [
        {
          run: 'apply -f - --dry-run=client',
          stdin: configMap('a', { k: 'v' }),
          stdout: 'configmap/a created (dry run)\n',
        },
        {
          run: 'apply -f - --dry-run=server -o yaml',
          stdin: configMap('a', { k: 'v' }),
          stdout: /^ {2}uid: /m,
          state: { [core('configmaps/a')]: 404 },
        },
      ],
    },
    {
      name: 'apply --prune -l',
      files: {
        'two.yaml': [labelled('a', { k: 'v' }), labelled('b', { k: 'v' })],
        'one.yaml': labelled('a', { k: 'v' }),
      },
      steps: [
        {
          run: 'apply -f two.yaml --prune -l app=web --prune-allowlist=core/v1/ConfigMap',
          stdout: 'configmap/a created\nconfigmap/b created\n',
          stderr: /.*/,
        },
        {
          run: 'apply -f one.yaml --prune -l app=web --prune-allowlist=core/v1/ConfigMap',
          stdout: 'configmap/a unchanged\nconfigmap/b pruned\n',
          stderr: /.*/,
          state: { [core('configmaps/b')]: 404, [core('configmaps/a')]: { data: { k: 'v' } } },
        },
      ],
    },
    {
      name: 'apply set-last-applied, view-last-applied, edit-last-applied',
      files: { 'a.yaml': configMap('a', { k: 'v' }) },
      steps: [
        { run: 'create -f a.yaml' },
        {
          run: 'apply set-last-applied -f a.yaml --create-annotation',
          stdout: 'configmap/a configured\n',
        },
        { run: 'apply view-last-applied -f a.yaml', stdout: /^data:\n {2}k: v\n/m },
        {
          run: 'apply edit-last-applied configmap a',
          editor: 'sed -i "s/k: v/k: w/" "$1"',
          stdout: 'configmap/a edited\n',
        },
        { run: 'apply view-last-applied configmap a', stdout: /^ {2}k: w$/m },
      ],
    },
    {
      name: 'apply --server-side',
      steps: [
        {
          run: 'apply --server-side -f -',
          stdin: configMap('a', { k: 'v', l: 'v' }),
          stdout: 'configmap/a serverside-applied\n',
        },
        {
          run: 'apply --server-side -f -',
          stdin: configMap('a', { k: 'w' }),
          stdout: 'configmap/a serverside-applied\n',
          state: { [core('configmaps/a')]: { data: { k: 'w' } } },
        },
        {
          run: "get configmap a -o 'jsonpath={.data}'",
          stdout: '{"k":"w"}',
        },
      ],
    },
    {
      name: 'apply --server-side: a conflict, --force-conflicts',
      steps: [
        {
          run: 'apply --server-side --field-manager=one -f -',
          stdin: configMap('a', { k: 'v' }),
          stdout: 'configmap/a serverside-applied\n',
        },
        {
          run: 'apply --server-side -f -',
          stdin: configMap('a', { k: 'w' }),
          exitCode: 1,
          stderr: /Apply failed with 1 conflict: conflict with "one": \.data\.k\n/,
          state: { [core('configmaps/a')]: { data: { k: 'v' } } },
        },
        {
          run: 'apply --server-side --force-conflicts -f -',
          stdin: configMap('a', { k: 'w' }),
          stdout: 'configmap/a serverside-applied\n',
          state: { [core('configmaps/a')]: { data: { k: 'w' } } },
        },
      ],
    },
    {
      name: 'apply --server-side after apply',
      steps: [
        { run: 'apply -f -', stdin: configMap('a', { k: 'v', l: 'v' }), stdout: 'configmap/a created\n' },
        {
          run: 'apply --server-side -f -',
          stdin: configMap('a', { k: 'w' }),
          stdout: 'configmap/a serverside-applied\n',
        },
        { run: "get configmap a -o 'jsonpath={.data}'", stdout: '{"k":"w"}' },
        { run: 'apply view-last-applied configmap a', stdout: /^data:\n {2}k: w\n/m },
      ],
    },
    {
      name: 'diff --server-side',
      steps: [
        {
          run: 'apply --server-side -f -',
          stdin: configMap('a', { k: 'v' }),
          stdout: 'configmap/a serverside-applied\n',
        },
        { run: 'diff --server-side -f -', stdin: configMap('a', { k: 'v' }), stdout: '' },
        {
          run: 'diff --server-side -f -',
          stdin: configMap('a', { k: 'w' }),
          exitCode: 1,
          stdout: /^- {2}k: v\n\+ {2}k: w$/m,
          state: { [core('configmaps/a')]: { data: { k: 'v' } } },
        },
      ],
    },
    {
      name: 'diff -f: no difference, a difference, a new object',
      files: {
        'same.yaml': configMap('a', { k: 'v' }),
        'other.yaml': configMap('a', { k: 'w' }),
        'new.yaml': configMap('b', { k: 'v' }),
      },
      steps: [
        { run: 'apply -f same.yaml' },
        { run: 'diff -f same.yaml', stdout: '' },
        { run: 'diff -f other.yaml', exitCode: 1, stdout: /^- {2}k: v\n\+ {2}k: w$/m, stderr: '' },
        { run: 'diff -f new.yaml', exitCode: 1, stdout: /^\+kind: ConfigMap$/m, stderr: '' },
      ],
    },
    {
      name: 'kustomize DIRECTORY, apply -k, diff -k, delete -k',
      files: {
        'base/kustomization.yaml': { resources: ['a.yaml'] },
        'base/a.yaml': configMap('a', { k: 'v' }),
        'over/kustomization.yaml': {
          resources: ['../base'],
          namePrefix: 'prod-',
          labels: [{ pairs: { env: 'prod' } }],
          configMapGenerator: [{ name: 'made', literals: ['x=y'] }],
        },
      },
      steps: [
        { run: 'kustomize over', stdout: /^ {2}name: prod-a$/m },
        {
          run: 'apply -k over',
          stdout: /^configmap\/prod-a created\nconfigmap\/prod-made-[a-z0-9]+ created\n$/,
          state: { [core('configmaps/prod-a')]: { metadata: { labels: { env: 'prod' } } } },
        },
        { run: 'diff -k over', stdout: '' },
        { run: 'get -k over -o name', stdout: /^configmap\/prod-a\nconfigmap\/prod-made-/ },
        {
          run: 'delete -k over',
          stdout: /configmap "prod-a" deleted/,
          state: { [core('configmaps/prod-a')]: 404 },
        },
      ],
    },
  ],
};
