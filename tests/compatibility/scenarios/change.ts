import { configMap, shellPod } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

const core = (resource: string) => `/api/v1/namespaces/{ns}/${resource}`;

/** A node that no kubelet keeps: its status is whatever is written. */
const bareNode = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n-{id}' } };

/** 1.27 says `annotate`. */
const ANNOTATED = /^configmap\/a annotated?\n$/;

/** All that changes an object which is there. */
export const changeGroup: ScenarioGroup = {
  title: 'edit, patch, replace, label, annotate',
  scenarios: [
    {
      name: 'edit',
      given: [configMap('a', { k: 'v' })],
      steps: [
        {
          run: 'edit configmap a',
          editor: 'sed -i "s/k: v/k: w/" "$1"',
          stdout: 'configmap/a edited\n',
          state: { [core('configmaps/a')]: { data: { k: 'w' } } },
        },
      ],
    },
    {
      name: 'edit without a change',
      given: [configMap('a', { k: 'v' })],
      steps: [
        { run: 'edit configmap a', editor: 'true', stdout: '', stderr: 'Edit cancelled, no changes made.\n' },
      ],
    },
    {
      name: 'edit: refused first, then corrected',
      given: [configMap('a', { k: 'v' })],
      steps: [
        {
          run: 'edit configmap a',
          // The second time the file tells what was wrong.
          editor:
            'if grep -q "is invalid\\|Invalid value" "$1"; then sed -i "s/Bad_Label!/good/" "$1"; else sed -i "s/^metadata:/metadata:\\n  labels: {l: Bad_Label!}/" "$1"; fi',
          stdout: /configmap\/a edited\n$/,
          stderr: /configmaps "a" is invalid|error: .*/,
          state: { [core('configmaps/a')]: { metadata: { labels: { l: 'good' } } } },
        },
      ],
    },
    {
      name: 'edit of what may not change',
      given: [shellPod('a', 'exec sleep 3600')],
      steps: [
        {
          run: 'edit pod a',
          editor: 'sed -i "s/restartPolicy: Always/restartPolicy: Never/" "$1"',
          exitCode: 1,
          stderr: /^error: pods "a" is invalid\n[\s\S]*Edit cancelled, no valid changes were saved/,
        },
      ],
    },
    {
      name: 'edit -o json',
      given: [configMap('a', { k: 'v' })],
      steps: [
        {
          run: 'edit configmap a -o json',
          editor: 'sed -i \'s/"k": "v"/"k": "w"/\' "$1"',
          stdout: /"k": "w"/,
          state: { [core('configmaps/a')]: { data: { k: 'w' } } },
        },
      ],
    },
    {
      name: 'edit --subresource=status',
      given: [bareNode],
      steps: [
        {
          run: 'edit node n-{id} --subresource=status',
          editor: 'sed -i "s/^status:.*/status:\\n  phase: Running/" "$1"',
          stdout: 'node/n-{id} edited\n',
          state: { '/api/v1/nodes/n-{id}': { status: { phase: 'Running' } } },
        },
        { run: 'delete node n-{id}', stdout: /deleted/ },
      ],
    },
    {
      name: 'patch (strategic): merges lists by their keys',
      given: [shellPod('a', 'exec sleep 3600', { container: { env: [{ name: 'A', value: '1' }] } })],
      steps: [
        {
          run: `patch pod a -p '{"spec":{"containers":[{"name":"main","image":"other"}]}}'`,
          stdout: 'pod/a patched\n',
          state: {
            [core('pods/a')]: {
              spec: { containers: [{ name: 'main', image: 'other', env: [{ name: 'A', value: '1' }] }] },
            },
          },
        },
      ],
    },
    {
      name: 'patch --type=merge, of a file',
      given: [configMap('a', { k: 'v', gone: 'soon' })],
      files: { 'patch.yaml': 'data:\n  k: w\n  gone: null\n' },
      steps: [
        {
          run: 'patch configmap a --type=merge --patch-file patch.yaml',
          stdout: 'configmap/a patched\n',
          state: { [core('configmaps/a')]: { data: { k: 'w' } } },
        },
        { run: "get configmap a -o 'jsonpath={.data}'", stdout: '{"k":"w"}' },
        {
          run: 'patch configmap a --type=merge --patch-file patch.yaml',
          stdout: 'configmap/a patched (no change)\n',
        },
      ],
    },
    {
      name: 'patch --type=json',
      given: [configMap('a', { k: 'v' })],
      steps: [
        {
          run: `patch configmap a --type=json -p '[{"op":"test","path":"/data/k","value":"v"},{"op":"replace","path":"/data/k","value":"w"},{"op":"add","path":"/data/l","value":"x"}]'`,
          stdout: 'configmap/a patched\n',
          state: { [core('configmaps/a')]: { data: { k: 'w', l: 'x' } } },
        },
        {
          run: `patch configmap a --type=json -p '[{"op":"test","path":"/data/k","value":"no"}]'`,
          exitCode: 1,
          stderr: /^The request is invalid: the server rejected our request due to an error in our request/,
        },
      ],
    },
    {
      name: 'patch --subresource=status',
      given: [bareNode],
      steps: [
        {
          run: `patch node n-{id} --subresource=status --type=merge -p '{"status":{"capacity":{"cpu":"3"}},"spec":{"unschedulable":true}}'`,
          stdout: 'node/n-{id} patched\n',
          state: { '/api/v1/nodes/n-{id}': { status: { capacity: { cpu: '3' } } } },
        },
        { run: "get node n-{id} -o 'jsonpath={.spec.unschedulable}'", stdout: '' },
        { run: 'get node n-{id} --subresource=status -o name', stdout: 'node/n-{id}\n' },
        { run: 'delete node n-{id}', stdout: /deleted/ },
      ],
    },
    {
      name: 'patch --dry-run=server, --local',
      given: [configMap('a', { k: 'v' })],
      files: { 'a.yaml': configMap('a', { k: 'v' }) },
      steps: [
        {
          run: `patch configmap a -p '{"data":{"k":"w"}}' --dry-run=server`,
          stdout: /^configmap\/a patched/,
          state: { [core('configmaps/a')]: { data: { k: 'v' } } },
        },
        {
          run: `patch -f a.yaml --local -p '{"data":{"k":"w"}}' -o 'jsonpath={.data.k}'`,
          stdout: 'w',
        },
      ],
    },
    {
      name: 'patch that is no patch',
      given: [configMap('a', { k: 'v' })],
      steps: [
        {
          run: `patch configmap a --type=merge -p '{"data":{"k":{"not":"a string"}}}'`,
          exitCode: 1,
          stderr: /cannot unmarshal object|Invalid value|BadRequest/,
        },
        {
          run: `patch configmap nobody -p '{}'`,
          exitCode: 1,
          stderr: 'Error from server (NotFound): configmaps "nobody" not found\n',
        },
      ],
    },
    {
      name: 'replace -f',
      given: [configMap('a', { k: 'v', gone: 'soon' })],
      steps: [
        { run: 'replace -f -', stdin: configMap('a', { k: 'w' }), stdout: 'configmap/a replaced\n' },
        { run: "get configmap a -o 'jsonpath={.data}'", stdout: '{"k":"w"}' },
        {
          run: 'replace -f -',
          stdin: configMap('nobody', { k: 'w' }),
          exitCode: 1,
          stderr:
            'Error from server (NotFound): error when replacing "STDIN": configmaps "nobody" not found\n',
        },
      ],
    },
    {
      name: 'replace -f with an old resourceVersion',
      given: [configMap('a', { k: 'v' })],
      steps: [
        {
          run: 'replace -f -',
          stdin: configMap('a', { k: 'w' }, { resourceVersion: '1' }),
          exitCode: 1,
          stderr:
            'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again\n',
        },
      ],
    },
    {
      name: 'replace --force -f',
      given: [shellPod('a', 'exec sleep 3600')],
      files: { 'a.yaml': shellPod('a', 'exec sleep 3601', { restartPolicy: 'Never' }) },
      steps: [
        {
          run: 'replace --force -f a.yaml',
          stdout: /^pod "a" deleted.*\npod\/a replaced\n$/,
          state: { [core('pods/a')]: { spec: { restartPolicy: 'Never' } } },
        },
      ],
    },
    {
      name: 'replace --subresource=status',
      given: [bareNode],
      steps: [
        {
          run: 'replace -f - --subresource=status',
          stdin: { ...bareNode, status: { capacity: { cpu: '2' } } },
          stdout: 'node/n-{id} replaced\n',
          state: { '/api/v1/nodes/n-{id}': { status: { capacity: { cpu: '2' } } } },
        },
        { run: 'delete node n-{id}', stdout: /deleted/ },
      ],
    },
    {
      name: 'label: add, overwrite, remove, --list',
      given: [configMap('a')],
      steps: [
        { run: 'label configmap a app=web', stdout: 'configmap/a labeled\n' },
        { run: 'label configmap a app=web', stdout: 'configmap/a not labeled\n' },
        {
          run: 'label configmap a app=db',
          exitCode: 1,
          stderr: /'app' already has a value \(web\), and --overwrite is false/,
        },
        { run: 'label configmap a app=db --overwrite', stdout: 'configmap/a labeled\n' },
        { run: 'label configmap a --list', stdout: 'app=db\n' },
        { run: 'label configmap a app-', stdout: 'configmap/a unlabeled\n' },
        { run: 'label configmap -l nothing=here x=y', stdout: '', stderr: /No resources found|^$/ },
        {
          run: "label configmap a 'x=bad value'",
          exitCode: 1,
          stderr: /a valid label must be an empty string or consist of/,
        },
      ],
    },
    {
      name: 'label -l, --all, --field-selector',
      given: [configMap('a', {}, { labels: { app: 'web' } }), configMap('b')],
      steps: [
        { run: 'label configmap -l app=web tier=front', stdout: 'configmap/a labeled\n' },
        {
          run: 'label configmap --field-selector metadata.name=b tier=back',
          stdout: 'configmap/b labeled\n',
        },
        { run: 'get configmap -l tier -o name', stdout: 'configmap/a\nconfigmap/b\n' },
      ],
    },
    {
      name: 'annotate: add, overwrite, remove, --resource-version',
      given: [configMap('a')],
      steps: [
        { run: "annotate configmap a note='hello there'", stdout: ANNOTATED },
        {
          run: 'annotate configmap a note=bye',
          exitCode: 1,
          stderr:
            /--overwrite is false but found the following declared annotation\(s\): 'note' already has a value/,
        },
        { run: 'annotate configmap a note=bye --overwrite', stdout: ANNOTATED },
        {
          run: 'annotate configmap a other=x --resource-version=1',
          exitCode: 1,
          stderr: /Operation cannot be fulfilled on configmaps "a": the object has been modified/,
        },
        { run: 'annotate configmap a note-', stdout: ANNOTATED },
        { run: "get configmap a -o 'jsonpath={.metadata.annotations}'", stdout: '' },
      ],
    },
  ],
};
