import type { ScenarioGroup } from '../scenario.ts';

const core = (resource: string) => `/api/v1/namespaces/{ns}/${resource}`;
const rbac = (resource: string) => `/apis/rbac.authorization.k8s.io/v1/${resource}`;
const rbacIn = (resource: string) => rbac(`namespaces/{ns}/${resource}`);
const roleRef = (kind: string, name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });
const subject = (kind: string, name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });

/** `kubectl create KIND`: objects made of flags. */
export const createByFlagsGroup: ScenarioGroup = {
  title: 'create KIND',
  scenarios: [
    {
      name: 'create namespace',
      steps: [
        {
          run: 'create namespace x-{id}',
          stdout: 'namespace/x-{id} created\n',
          state: {
            '/api/v1/namespaces/x-{id}': {
              metadata: { labels: { 'kubernetes.io/metadata.name': 'x-{id}' } },
              spec: { finalizers: ['kubernetes'] },
              status: { phase: 'Active' },
            },
          },
        },
        {
          run: 'create namespace x-{id}',
          exitCode: 1,
          stderr: 'Error from server (AlreadyExists): namespaces "x-{id}" already exists\n',
        },
      ],
    },
    {
      name: 'create namespace of a bad name',
      steps: [
        {
          run: 'create namespace Bad_Name',
          exitCode: 1,
          stderr:
            /^The Namespace "Bad_Name" is invalid: metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 label must consist of/,
        },
      ],
    },
    {
      name: 'create configmap --from-literal',
      steps: [
        {
          run: "create configmap a --from-literal=k=v --from-literal='l=two words'",
          stdout: 'configmap/a created\n',
          state: { [core('configmaps/a')]: { data: { k: 'v', l: 'two words' } } },
        },
      ],
    },
    {
      name: 'create configmap --from-file of a file, under another key, of bytes that are no text',
      files: { 'app.conf': 'debug = true\n' },
      steps: [
        {
          run: 'create configmap a --from-file=app.conf --from-file=other=app.conf --from-file=binary=/bin/true',
          stdout: 'configmap/a created\n',
          state: {
            [core('configmaps/a')]: { data: { 'app.conf': 'debug = true\n', other: 'debug = true\n' } },
          },
        },
        { run: "get configmap a -o 'go-template={{len .binaryData}}'", stdout: '1' },
      ],
    },
    {
      name: 'create configmap --from-file of a directory',
      files: { 'conf/one': '1', 'conf/two': '2' },
      steps: [
        {
          run: 'create configmap a --from-file=conf',
          state: { [core('configmaps/a')]: { data: { one: '1', two: '2' } } },
        },
      ],
    },
    {
      name: 'create configmap --from-env-file',
      files: { 'app.env': '# comment\nA=1\nB=two words\n' },
      steps: [
        {
          run: 'create configmap a --from-env-file=app.env',
          state: { [core('configmaps/a')]: { data: { A: '1', B: 'two words' } } },
        },
      ],
    },
    {
      name: 'create configmap --append-hash --dry-run=client -o yaml',
      steps: [
        {
          run: 'create configmap a --from-literal=k=v --append-hash --dry-run=client -o yaml',
          stdout: /^ {2}name: a-[a-z0-9]{10}$/m,
        },
      ],
    },
    {
      name: 'create secret generic',
      files: { password: 'hunter2' },
      steps: [
        {
          run: 'create secret generic s --from-literal=user=me --from-file=password',
          stdout: 'secret/s created\n',
          state: {
            [core('secrets/s')]: { type: 'Opaque', data: { user: 'bWU=', password: 'aHVudGVyMg==' } },
          },
        },
      ],
    },
    {
      name: 'create secret generic --type',
      steps: [
        {
          run: 'create secret generic s --type=kubernetes.io/basic-auth --from-literal=username=me --from-literal=password=p',
          stdout: 'secret/s created\n',
          state: { [core('secrets/s')]: { type: 'kubernetes.io/basic-auth' } },
        },
        {
          run: 'create secret generic bad --type=kubernetes.io/ssh-auth --from-literal=x=y',
          exitCode: 1,
          stderr: /data\[ssh-privatekey\]: Required value/,
        },
      ],
    },
    {
      name: 'create secret docker-registry',
      steps: [
        {
          run: 'create secret docker-registry s --docker-server=registry.example.org --docker-username=u --docker-password=p',
          stdout: 'secret/s created\n',
          state: { [core('secrets/s')]: { type: 'kubernetes.io/dockerconfigjson' } },
        },
        {
          run: 'get secret s -o \'go-template={{index .data ".dockerconfigjson" | base64decode}}\'',
          stdout: '{"auths":{"registry.example.org":{"username":"u","password":"p","auth":"dTpw"}}}',
        },
      ],
    },
    {
      name: 'create secret tls',
      files: { 'tls.crt': '{certificate}', 'tls.key': '{key}' },
      steps: [
        {
          run: 'create secret tls s --cert=tls.crt --key=tls.key',
          stdout: 'secret/s created\n',
          state: { [core('secrets/s')]: { type: 'kubernetes.io/tls' } },
        },
      ],
    },
    {
      name: 'create serviceaccount',
      steps: [
        {
          run: 'create serviceaccount builder',
          stdout: 'serviceaccount/builder created\n',
          state: { [core('serviceaccounts/builder')]: { metadata: { name: 'builder' } } },
        },
      ],
    },
    {
      name: 'create role',
      steps: [
        {
          run: 'create role reader --verb=get,list --resource=pods,pods/log --resource-name=a',
          stdout: 'role.rbac.authorization.k8s.io/reader created\n',
          state: {
            [rbacIn('roles/reader')]: {
              rules: [
                {
                  apiGroups: [''],
                  resources: ['pods', 'pods/log'],
                  resourceNames: ['a'],
                  verbs: ['get', 'list'],
                },
              ],
            },
          },
        },
      ],
    },
    {
      name: 'create clusterrole --verb --resource',
      steps: [
        {
          run: 'create clusterrole reader-{id} --verb=get,watch --resource=nodes,leases.coordination.k8s.io',
          stdout: 'clusterrole.rbac.authorization.k8s.io/reader-{id} created\n',
          state: {
            [rbac('clusterroles/reader-{id}')]: {
              rules: [
                { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'watch'] },
                { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'watch'] },
              ],
            },
          },
        },
      ],
    },
    {
      name: 'create clusterrole --non-resource-url',
      steps: [
        {
          run: "create clusterrole logs-{id} --verb=get --non-resource-url='/logs/*'",
          state: {
            [rbac('clusterroles/logs-{id}')]: { rules: [{ nonResourceURLs: ['/logs/*'], verbs: ['get'] }] },
          },
        },
      ],
    },
    {
      name: 'create clusterrole --aggregation-rule',
      steps: [
        {
          run: 'create clusterrole sum-{id} --aggregation-rule=sum={id}',
          stdout: 'clusterrole.rbac.authorization.k8s.io/sum-{id} created\n',
          state: {
            [rbac('clusterroles/sum-{id}')]: {
              aggregationRule: { clusterRoleSelectors: [{ matchLabels: { sum: '{id}' } }] },
            },
          },
        },
      ],
    },
    {
      name: 'create rolebinding',
      given: [
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'reader' },
          rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
        },
      ],
      steps: [
        {
          run: 'create rolebinding readers --role=reader --user=jane --group=crew --serviceaccount={ns}:default',
          stdout: 'rolebinding.rbac.authorization.k8s.io/readers created\n',
          state: {
            [rbacIn('rolebindings/readers')]: {
              roleRef: roleRef('Role', 'reader'),
              subjects: [
                subject('User', 'jane'),
                subject('Group', 'crew'),
                { kind: 'ServiceAccount', name: 'default', namespace: '{ns}' },
              ],
            },
          },
        },
      ],
    },
    {
      name: 'create clusterrolebinding',
      steps: [
        {
          run: 'create clusterrolebinding viewers-{id} --clusterrole=view --user=jane-{id}',
          stdout: 'clusterrolebinding.rbac.authorization.k8s.io/viewers-{id} created\n',
          state: {
            [rbac('clusterrolebindings/viewers-{id}')]: {
              roleRef: roleRef('ClusterRole', 'view'),
              subjects: [subject('User', 'jane-{id}')],
            },
          },
        },
      ],
    },
  ],
};
