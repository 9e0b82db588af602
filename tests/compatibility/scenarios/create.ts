import { configMap, shellPod } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

const inNamespace = (resource: string) => `/api/v1/namespaces/{ns}/${resource}`;

/** `kubectl create` of files, and what is said of bad ones. */
export const createGroup: ScenarioGroup = {
  title: 'create -f',
  scenarios: [
    {
      name: 'create -f FILE.yaml',
      files: { 'a.yaml': configMap('a', { k: 'v' }) },
      steps: [
        {
          run: 'create -f a.yaml',
          stdout: 'configmap/a created\n',
          state: { [inNamespace('configmaps/a')]: { data: { k: 'v' } } },
        },
        {
          run: 'create -f a.yaml',
          exitCode: 1,
          stderr:
            'Error from server (AlreadyExists): error when creating "a.yaml": configmaps "a" already exists\n',
        },
      ],
    },
    {
      name: 'create -f FILE.json',
      files: { 'a.json': JSON.stringify(configMap('a', { k: 'v' })) },
      steps: [{ run: 'create -f a.json', stdout: 'configmap/a created\n' }],
    },
    {
      name: 'create -f -',
      steps: [
        {
          run: 'create -f -',
          stdin: configMap('a', { k: 'v' }),
          stdout: 'configmap/a created\n',
        },
      ],
    },
    {
      name: 'create -f FILE with several objects, a List among them',
      files: {
        'all.yaml': [
          configMap('a'),
          { apiVersion: 'v1', kind: 'List', items: [configMap('b'), configMap('c')] },
        ],
      },
      steps: [
        {
          run: 'create -f all.yaml',
          stdout: 'configmap/a created\nconfigmap/b created\nconfigmap/c created\n',
        },
      ],
    },
    {
      name: 'create -f DIRECTORY, create -R -f DIRECTORY',
      files: {
        'd/a.yaml': configMap('a'),
        'd/b.json': JSON.stringify(configMap('b')),
        'd/deeper/c.yaml': configMap('c'),
      },
      steps: [
        { run: 'create -f d', stdout: 'configmap/a created\nconfigmap/b created\n' },
        { run: 'create -R -f d/deeper', stdout: 'configmap/c created\n' },
      ],
    },
    {
      name: 'create -f with generateName',
      steps: [
        {
          run: 'create -f -',
          stdin: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } },
          stdout: /^configmap\/gen-[a-z0-9]{5} created\n$/,
        },
      ],
    },
    {
      name: 'create -f --dry-run=client',
      files: { 'a.yaml': configMap('a') },
      steps: [
        {
          run: 'create -f a.yaml --dry-run=client',
          stdout: 'configmap/a created (dry run)\n',
          state: { [inNamespace('configmaps/a')]: 404 },
        },
      ],
    },
    {
      name: 'create -f --dry-run=server -o yaml',
      files: { 'a.yaml': shellPod('a', 'true') },
      steps: [
        {
          run: 'create -f a.yaml --dry-run=server -o yaml',
          stdout: /^ {2}uid: [\s\S]*serviceAccountName: default[\s\S]*qosClass: BestEffort/m,
          state: { [inNamespace('pods/a')]: 404 },
        },
        { run: 'create -f a.yaml --dry-run=server', stdout: 'pod/a created (server dry run)\n' },
      ],
    },
    {
      name: 'create -f -o json|yaml|name',
      steps: [
        { run: 'create -f - -o name', stdin: configMap('a'), stdout: 'configmap/a\n' },
        {
          run: 'create -f - -o yaml',
          stdin: configMap('b', { k: 'v' }),
          stdout: /^apiVersion: v1\ndata:\n {2}k: v\nkind: ConfigMap\nmetadata:/,
        },
        { run: 'create -f - -o json', stdin: configMap('c'), stdout: /^\{\n {4}"apiVersion": "v1",/ },
      ],
    },
    {
      name: 'create -f --save-config',
      steps: [
        { run: 'create -f - --save-config', stdin: configMap('a', { k: 'v' }) },
        { run: 'apply view-last-applied configmap a', stdout: /^data:\n {2}k: v\n/m },
      ],
    },
    {
      name: 'create -f --validate=strict|warn|ignore',
      files: {
        'typo.yaml': { ...configMap('a'), dta: { k: 'v' } },
      },
      steps: [
        {
          run: 'create -f typo.yaml --validate=strict',
          exitCode: 1,
          stderr: /strict decoding error: unknown field "dta"/,
          state: { [inNamespace('configmaps/a')]: 404 },
        },
        {
          run: 'create -f typo.yaml --validate=warn --dry-run=server',
          stdout: /created/,
          stderr: 'Warning: unknown field "dta"\n',
        },
        { run: 'create -f typo.yaml --validate=ignore', stdout: 'configmap/a created\n' },
      ],
    },
    {
      name: 'create -f of an invalid object',
      steps: [
        {
          run: 'create -f -',
          stdin: configMap('Bad_Name'),
          exitCode: 1,
          stderr:
            /^The ConfigMap "Bad_Name" is invalid: metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of/,
        },
        {
          run: 'create -f -',
          stdin: shellPod('a', 'true', { restartPolicy: 'Sometimes' }),
          exitCode: 1,
          stderr:
            /^The Pod "a" is invalid: spec\.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"$/m,
        },
      ],
    },
    {
      name: 'create -f of a kind that is not served',
      steps: [
        {
          run: 'create -f -',
          stdin: { apiVersion: 'example.org/v1', kind: 'Gadget', metadata: { name: 'a' } },
          exitCode: 1,
          stderr: /no matches for kind "Gadget" in version "example\.org\/v1"/,
        },
      ],
    },
    {
      name: 'create --edit -f',
      files: { 'a.yaml': configMap('a', { k: 'v' }) },
      steps: [
        {
          run: 'create --edit -f a.yaml',
          editor: 'sed -i s/v$/edited/ "$1"',
          stdout: /created/,
          state: { [inNamespace('configmaps/a')]: { data: { k: 'edited' } } },
        },
      ],
    },
    {
      name: 'create --raw',
      files: { 'a.json': JSON.stringify(configMap('a')) },
      steps: [
        {
          run: 'create --raw /api/v1/namespaces/{ns}/configmaps -f a.json',
          stdout: /^\{"kind":"ConfigMap"|^\{"apiVersion":"v1"/,
        },
      ],
    },
  ],
};
