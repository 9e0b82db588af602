import { configMap, shellPod } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

const label = (app: string, tier: string) => ({ labels: { set: 'it', app, tier } });
/** Three objects to choose among; `set=it` keeps what controllers put into a namespace out of sight. */
const three = [
  configMap('a', { n: '3' }, label('web', 'front')),
  configMap('b', { n: '1' }, label('web', 'back')),
  configMap('c', { n: '2' }, label('db', 'back')),
];
const names = (...wanted: string[]) => wanted.map((name) => `configmap/${name}\n`).join('');

/** `kubectl get`: how it is shown and what is chosen. */
export const getGroup: ScenarioGroup = {
  title: 'get',
  scenarios: [
    {
      name: 'get KIND, get KIND NAME, get KIND/NAME, several kinds',
      given: [...three, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }],
      steps: [
        { run: 'get configmap a b', stdout: /^NAME +DATA +AGE\na +1 +\S+\nb +1 +\S+\n$/ },
        {
          run: 'get sa,cm',
          stdout: /^serviceaccount\/default [\s\S]*^configmap\/kube-root-ca\.crt /m,
          eventually: true,
        },
        { run: 'get cm/a --no-headers', stdout: /^a +1 +\S+\n$/ },
        {
          run: 'get configmap/a secret/s',
          stdout:
            /^NAME +DATA +AGE\nconfigmap\/a +1 +\S+\n\nNAME +TYPE +DATA +AGE\nsecret\/s +Opaque +0 +\S+\n$/,
        },
        {
          run: 'get configmap nobody',
          exitCode: 1,
          stdout: '',
          stderr: 'Error from server (NotFound): configmaps "nobody" not found\n',
        },
      ],
    },
    {
      name: 'get pods, of a namespace that is empty',
      steps: [
        { run: 'get pods', stdout: '', stderr: 'No resources found in {ns} namespace.\n' },
        { run: 'get pods -o name', stdout: '' },
        { run: 'get pods -o json', stdout: /"items": \[\]/ },
      ],
    },
    {
      name: 'get -o json|yaml',
      given: three,
      steps: [
        {
          run: 'get configmap a -o json',
          stdout: /^\{\n {4}"apiVersion": "v1",\n {4}"data": \{\n {8}"n": "3"\n/,
        },
        { run: 'get configmap a -o yaml', stdout: /^apiVersion: v1\ndata:\n {2}"n": "3"\nkind: ConfigMap\n/ },
        {
          run: 'get configmap -l set=it -o yaml',
          stdout:
            /^apiVersion: v1\nitems:\n- apiVersion: v1\n[\s\S]*\nkind: List\nmetadata:\n {2}resourceVersion: ""\n$/,
        },
      ],
    },
    {
      name: 'get -o yaml --show-managed-fields',
      steps: [
        {
          run: 'apply --server-side -f -',
          stdin: configMap('a', { k: 'v' }),
          stdout: 'configmap/a serverside-applied\n',
        },
        {
          run: 'get configmap a -o yaml --show-managed-fields',
          stdout:
            /\n {2}managedFields:\n {2}- apiVersion: v1\n {4}fieldsType: FieldsV1\n {4}fieldsV1:\n {6}f:data:\n {8}f:k: \{\}\n {4}manager: kubectl\n {4}operation: Apply\n {4}time: /,
        },
        { run: 'get configmap a -o yaml', stdout: /^(?![\s\S]*managedFields)/ },
      ],
    },
    {
      name: 'get -o wide',
      given: [shellPod('a', 'exec sleep 3600')],
      steps: [
        {
          run: 'get pods -o wide',
          stdout:
            /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\na +\S+ +\S+ +0 +\S+ +\S+ +(node-1|<none>) +<none> +<none>\n$/,
        },
        {
          run: 'get nodes -o wide',
          stdout:
            /^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP +EXTERNAL-IP +OS-IMAGE +KERNEL-VERSION +CONTAINER-RUNTIME$/m,
        },
      ],
    },
    {
      name: 'get -o jsonpath, jsonpath-as-json, jsonpath-file',
      given: three,
      files: { path: '{.items[*].data.n}' },
      steps: [
        {
          run: 'get configmap -l set=it -o \'jsonpath={range .items[*]}{.metadata.name}={.data.n}{"\\n"}{end}\'',
          stdout: 'a=3\nb=1\nc=2\n',
        },
        {
          run: 'get configmap -l set=it -o \'jsonpath={.items[?(@.data.n=="2")].metadata.name}\'',
          stdout: 'c',
        },
        {
          run: "get configmap a -o 'jsonpath-as-json={.data}'",
          stdout: '[\n    {\n        "n": "3"\n    }\n]\n',
        },
        { run: 'get configmap -l set=it -o jsonpath-file=path', stdout: '3 1 2' },
      ],
    },
    {
      name: 'get -o custom-columns, custom-columns-file',
      given: three,
      files: { columns: 'NAME          N\nmetadata.name data.n\n' },
      steps: [
        {
          run: 'get configmap -l set=it -o custom-columns=WHO:.metadata.name,N:.data.n',
          stdout: 'WHO   N\na     3\nb     1\nc     2\n',
        },
        { run: 'get configmap a -o custom-columns-file=columns', stdout: 'NAME   N\na      3\n' },
      ],
    },
    {
      name: 'get -o name, go-template, go-template-file',
      given: three,
      files: { template: '{{range .items}}{{.data.n}},{{end}}' },
      steps: [
        { run: 'get configmap -l set=it -o name', stdout: names('a', 'b', 'c') },
        { run: "get configmap a -o 'go-template={{.data.n}}'", stdout: '3' },
        { run: 'get configmap -l set=it -o go-template-file=template', stdout: '3,1,2,' },
      ],
    },
    {
      name: 'get -o kyaml',
      given: three,
      lacks: {
        '1.27': { help: 'get', absent: 'kyaml' },
        '1.30': { help: 'get', absent: 'kyaml' },
        '1.33': { help: 'get', absent: 'kyaml' },
      },
      steps: [{ run: 'get configmap a -o kyaml', stdout: /^---\n\{\n {2}apiVersion: "v1",\n/ }],
    },
    {
      name: 'get -l: equality and sets',
      given: three,
      steps: [
        { run: 'get configmap -l app=web -o name', stdout: names('a', 'b') },
        { run: 'get configmap -l app=web,tier!=front -o name', stdout: names('b') },
        { run: "get configmap -l 'set,app in (db, none)' -o name", stdout: names('c') },
        { run: "get configmap -l 'set=it,app notin (db)' -o name", stdout: names('a', 'b') },
        { run: "get configmap -l 'set,!absent' -o name", stdout: names('a', 'b', 'c') },
        { run: "get configmap -l 'app=='", stdout: '', stderr: /No resources found/ },
        {
          run: "get configmap -l 'app in web'",
          exitCode: 1,
          stderr: /unable to parse requirement|found 'web',? expected/,
        },
      ],
    },
    {
      name: 'get --field-selector',
      given: [...three, shellPod('p', 'exec sleep 3600')],
      steps: [
        { run: 'get configmap --field-selector metadata.name=b -o name', stdout: names('b') },
        { run: 'get configmap -l set --field-selector metadata.name!=b -o name', stdout: names('a', 'c') },
        {
          run: 'get pods --field-selector spec.nodeName=node-1 -o name',
          stdout: 'pod/p\n',
          eventually: true,
        },
        {
          run: 'get pods --field-selector spec.nodeName=node-1,status.phase=Running -o name',
          stdout: 'pod/p\n',
          eventually: true,
        },
        { run: 'get pods --field-selector spec.restartPolicy=Never -o name', stdout: '' },
        {
          run: 'get configmap --field-selector data.n=1',
          exitCode: 1,
          stderr: /field label not supported|is not a known field selector/,
        },
      ],
    },
    {
      name: 'get --sort-by',
      given: three,
      steps: [
        { run: 'get configmap -l set --sort-by=.data.n -o name', stdout: names('b', 'c', 'a') },
        { run: 'get configmap -l set --sort-by=.metadata.name --no-headers', stdout: /^a .*\nb .*\nc .*\n$/ },
      ],
    },
    {
      name: 'get -A',
      given: three,
      steps: [
        {
          run: 'get configmap -A -l set --field-selector metadata.namespace={ns}',
          stdout: /^NAMESPACE +NAME +DATA +AGE\n{ns} +a +1 +\S+\n{ns} +b +1 .*\n{ns} +c +1 .*\n$/,
        },
      ],
    },
    {
      name: 'get --show-labels, -L, --show-kind, --label-columns',
      given: three,
      steps: [
        {
          run: 'get configmap a --show-labels',
          stdout: /^NAME +DATA +AGE +LABELS\na +1 +\S+ +app=web,set=it,tier=front\n$/,
        },
        {
          run: 'get configmap -l set -L app,tier',
          stdout: /^NAME +DATA +AGE +APP +TIER\na +1 +\S+ +web +front\n/,
        },
        { run: 'get configmap a --show-kind', stdout: /^configmap\/a +1 /m },
      ],
    },
    {
      name: 'get --chunk-size',
      given: three,
      steps: [
        { run: 'get configmap -l set --chunk-size=1 -o name', stdout: names('a', 'b', 'c') },
        { run: 'get configmap -l set --chunk-size=2 --no-headers', stdout: /^a .*\nb .*\nc .*\n$/ },
      ],
    },
    {
      name: 'get --ignore-not-found',
      steps: [{ run: 'get configmap nobody --ignore-not-found', stdout: '' }],
    },
    {
      name: 'get --raw',
      given: three,
      steps: [
        { run: 'get --raw /readyz', stdout: 'ok' },
        { run: "get --raw '/readyz?verbose'", stdout: /readyz check passed\n$/ },
        { run: 'get --raw /livez', stdout: 'ok' },
        { run: 'get --raw /version', stdout: /"major": ?"1"/ },
        { run: 'get --raw /api/v1/namespaces/{ns}/configmaps/a', stdout: /"n":"3"/ },
        { run: 'get --raw /openapi/v3', stdout: /"api\/v1":\{"serverRelativeURL":/ },
        { run: 'get --raw /metrics', stdout: /^# TYPE apiserver_request_total counter$/m },
        {
          run: 'get --raw /nowhere',
          exitCode: 1,
          stderr: /the server could not find the requested resource/,
        },
      ],
    },
    {
      name: 'get -f FILE, get --subresource',
      given: [...three, shellPod('p', 'exec sleep 3600')],
      files: { 'a.yaml': configMap('a') },
      steps: [
        { run: 'get -f a.yaml -o name', stdout: names('a') },
        { run: 'get pod p --subresource=status -o name', stdout: 'pod/p\n' },
        {
          run: 'get configmap a --subresource=status',
          exitCode: 1,
          stderr: /could not find the requested resource|not found/,
        },
      ],
    },
    {
      name: 'get componentstatuses',
      steps: [
        {
          run: 'get cs',
          stdout: /^NAME +STATUS +MESSAGE +ERROR\n[\s\S]*^etcd-0 +Healthy +ok +\n/m,
          stderr: 'Warning: v1 ComponentStatus is deprecated in v1.19+\n',
        },
      ],
    },
    {
      name: 'get all',
      given: [shellPod('p', 'exec sleep 3600')],
      steps: [{ run: 'get all -o name', stdout: 'pod/p\n' }],
    },
    {
      name: 'get of a kind that is not served',
      steps: [
        {
          run: 'get gadgets',
          exitCode: 1,
          stderr: 'error: the server doesn\'t have a resource type "gadgets"\n',
        },
      ],
    },
    {
      name: 'get nodes, namespaces, leases, csr, serviceaccounts, roles …',
      given: [
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'r' },
          rules: [],
        },
      ],
      steps: [
        {
          run: 'get nodes',
          stdout: /^NAME +STATUS +ROLES +AGE +VERSION\nnode-1 +Ready\S* +<none> +\S+ +v1\.36\S*$/m,
        },
        { run: 'get ns {ns}', stdout: /^NAME +STATUS +AGE\n{ns} +Active +\S+\n$/ },
        { run: 'get lease -n kube-node-lease', stdout: /^NAME +HOLDER +AGE\nnode-1 +node-1 +/ },
        { run: 'get csr', stdout: /^NAME +AGE +SIGNERNAME +REQUESTOR +REQUESTEDDURATION +CONDITION$/m },
        { run: 'get sa default', stdout: /^NAME +(SECRETS +)?AGE\ndefault +/ },
        { run: 'get role r', stdout: /^NAME +CREATED AT\nr +\d{4}-\d\d-\d\dT/ },
        {
          run: 'get clusterrolebinding cluster-admin -o wide',
          stdout:
            /^NAME +ROLE +AGE +USERS +GROUPS +SERVICEACCOUNTS\ncluster-admin +ClusterRole\/cluster-admin +\S+ +system:masters/,
        },
      ],
    },
  ],
};
