import { shellPod } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

const ready = { run: 'wait pod/a --for=condition=Ready --timeout=20s' };
const talker = shellPod('a', 'echo hello; exec sleep 3600', { metadata: { labels: { app: 'web' } } });

/** What is done with pods that run. */
export const podsGroup: ScenarioGroup = {
  title: 'run, logs, events, set, top',
  scenarios: [
    {
      name: 'run',
      steps: [
        {
          run: 'run a --image=host --labels=app=web --env=A=1 --port=80 --command -- sleep 3600',
          stdout: 'pod/a created\n',
        },
        {
          run: "get pod a -o 'jsonpath={.spec.containers[0].env[0].value} {.spec.containers[0].ports[0].containerPort} {.metadata.labels.app}'",
          stdout: '1 80 web',
        },
        { run: 'run b --image=host --dry-run=client -o yaml', stdout: /^kind: Pod$/m },
      ],
    },
    {
      name: 'run --restart=Never --attach --rm',
      steps: [
        {
          run: 'run a --image=host --restart=Never --attach --rm --command -- echo from run',
          stdout: /^from run\n/,
          stderr: /.*/,
        },
      ],
    },
    {
      name: 'logs, --tail, -l, --prefix, --all-containers, --timestamps, --since',
      given: [talker],
      steps: [
        ready,
        { run: 'logs a', stdout: 'hello\n', eventually: true },
        { run: 'logs pod/a -c main --tail=1', stdout: 'hello\n' },
        { run: 'logs -l app=web', stdout: 'hello\n' },
        { run: 'logs a --all-containers --prefix', stdout: '[pod/a/main] hello\n' },
        { run: 'logs a --timestamps', stdout: /^\d{4}-\d\d-\d\dT\S+Z hello\n$/ },
        { run: 'logs a --since=1h --limit-bytes=3', stdout: 'hel' },
        { run: 'logs a -c other', exitCode: 1, stderr: /container other is not valid for pod a/ },
        { run: 'logs nobody', exitCode: 1, stderr: /pods "nobody" not found/ },
        {
          run: 'logs a --previous',
          exitCode: 1,
          stderr: /previous terminated container "main" in pod "a" not found/,
        },
      ],
    },
    {
      name: 'logs -f',
      given: [shellPod('a', 'for i in 1 2 3; do echo $i; sleep 0.2; done', { restartPolicy: 'Never' })],
      steps: [
        { run: "wait pod/a --for=jsonpath='{.status.phase}'=Succeeded --timeout=20s" },
        { start: 'logs -f a', heard: '1\n2\n3\n', ends: 0 },
      ],
    },
    {
      name: 'logs -f of a container that is started again, --previous',
      // It says who it is: the first ends when it is told so.
      given: [shellPod('a', 'echo began; read line; echo "ended by $line"', { container: { stdin: true } })],
      steps: [
        ready,
        { start: 'logs -f a', heard: 'began\n' },
        { run: 'attach -i a', stdin: 'one\n', stdout: /ended by one\n$/, stderr: /.*/s },
        { heard: 'began\nended by one\n', ends: 0 },
        { run: 'logs a --previous', stdout: 'began\nended by one\n', eventually: true },
        { start: 'logs -f a --pod-running-timeout=10s', heard: 'began\n' },
      ],
    },
    {
      name: 'logs -f -l --prefix --all-containers',
      given: ['a', 'b'].map((name) =>
        shellPod(name, `echo from ${name}; exec sleep 3600`, { metadata: { labels: { app: 'web' } } }),
      ),
      steps: [
        ready,
        { run: 'wait pod/b --for=condition=Ready --timeout=20s' },
        {
          start: 'logs -f -l app=web --prefix --all-containers',
          heard: /^(?=[\s\S]*^\[pod\/a\/main\] from a$)(?=[\s\S]*^\[pod\/b\/main\] from b$)/m,
        },
      ],
    },
    {
      name: 'get events, events, events --for --types',
      given: [talker],
      steps: [
        ready,
        {
          run: 'get events',
          stdout: /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n[\s\S]* Scheduled +pod\/a /,
          eventually: true,
        },
        {
          run: 'get events --field-selector involvedObject.name=a,reason=Scheduled -o name',
          stdout: /^event\/a\.\S+\n$/,
        },
        {
          run: 'events',
          stdout: /Normal +Scheduled +Pod\/a +Successfully assigned {ns}\/a to node-1/,
          eventually: true,
        },
        { run: 'events --for pod/a --types=Normal --no-headers', stdout: /Scheduled/ },
        { run: 'events --types=Warning', stdout: '', stderr: /No events found in {ns} namespace/ },
      ],
    },
    {
      name: 'events -w',
      steps: [
        { start: 'events -w --no-headers' },
        { run: 'create -f -', stdin: talker },
        { heard: /Normal +Scheduled +Pod\/a /m },
      ],
    },
    {
      name: 'set image, set env, set resources, set serviceaccount, set selector (of files and of pods)',
      given: [talker],
      files: { 'a.yaml': talker },
      steps: [
        {
          run: 'set image pod/a main=other',
          stdout: 'pod/a image updated\n',
          state: { '/api/v1/namespaces/{ns}/pods/a': { spec: { containers: [{ image: 'other' }] } } },
        },
        {
          run: "set env -f a.yaml --local A=1 -o 'jsonpath={.spec.containers[0].env[0].value}'",
          stdout: '1',
        },
        { run: 'set env pod/a --list', stdout: /# Pod a, container main/ },
        {
          run: "set resources -f a.yaml --local --limits=cpu=1 -o 'jsonpath={.spec.containers[0].resources.limits.cpu}'",
          stdout: '1',
        },
        { run: 'set env pod/a B=1', exitCode: 1, stderr: /pod updates may not change fields other than/ },
      ],
    },
    {
      name: 'set subject',
      given: [
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'r' },
          rules: [],
        },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: 'b' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
        },
      ],
      steps: [
        {
          run: 'set subject rolebinding b --user=jane --serviceaccount={ns}:default',
          stdout: 'rolebinding.rbac.authorization.k8s.io/b subjects updated\n',
          state: {
            '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings/b': {
              subjects: [
                { kind: 'User', name: 'jane' },
                { kind: 'ServiceAccount', name: 'default', namespace: '{ns}' },
              ],
            },
          },
        },
      ],
    },
    {
      name: 'top',
      refused: 'there is no metrics.k8s.io: upstream has none either until a metrics server is installed',
      steps: [
        { run: 'top nodes', exitCode: 1, stderr: 'error: Metrics API not available\n' },
        { run: 'top pods', exitCode: 1, stderr: 'error: Metrics API not available\n' },
      ],
    },
  ],
};
