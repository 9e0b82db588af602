import { echoPod } from '../../cluster/echo-pod.ts';
import { shellPod } from '../../cluster/objects.ts';
import { webPod } from '../../cluster/web-pod.ts';
import type { ScenarioGroup } from '../scenario.ts';
import { copiesAreTheSame, saysWhatCannotBeCopied } from './check-copies.ts';
import { aRefusedPortIsTold, forwardsManyConnections, forwardsSeveralPorts } from './check-port-forward.ts';
import { readsThroughProxies, writesThroughProxies } from './check-proxies.ts';
import {
  attachesOnATerminal,
  detachesByKeys,
  interruptsOnATerminal,
  showsItsSize,
} from './check-terminal.ts';

const ready = { run: 'wait pod/a --for=condition=Ready --timeout=20s' };
const sleeper = shellPod('a', 'exec sleep 3600');
const two = {
  containers: [
    { name: 'main', image: 'host', command: ['sleep', '3600'] },
    { name: 'side', image: 'host', command: ['sleep', '3600'], env: [{ name: 'WHO', value: 'side' }] },
  ],
};
/** Ends when it has been told so. */
const listener = 'echo began; while read line; do echo "heard $line"; done; echo over';

/** What is done inside pods that run, over streams. */
export const streamsGroup: ScenarioGroup = {
  title: 'exec, attach, cp, port-forward, proxies, debug',
  scenarios: [
    {
      name: 'exec: output, errors and exit code',
      given: [sleeper],
      steps: [
        ready,
        {
          run: "exec a -- sh -c 'echo out; echo err >&2; exit 3'",
          exitCode: 3,
          stdout: 'out\n',
          stderr: 'err\ncommand terminated with exit code 3\n',
        },
        { run: 'exec pod/a -- true', stdout: '' },
        { run: 'exec a -- hostname', stdout: 'a\n' },
        { run: "exec a -- sh -c 'kill -9 $$'", exitCode: 137 },
        { run: 'exec a -- sh -c \'head -c 3000000 /dev/zero | tr "\\0" x\'', stdout: /^x{3000000}$/ },
        { run: 'exec a -- /no/such/command', exitCode: 127, stderr: /no such file or directory/ },
        { run: 'exec nobody -- true', exitCode: 1, stderr: /pods "nobody" not found/ },
        { run: 'exec a -c other -- true', exitCode: 1, stderr: /container other is not valid for pod a/ },
      ],
    },
    {
      name: 'exec -i: input and its end',
      given: [sleeper],
      steps: [
        ready,
        { run: 'exec -i a -- cat', stdin: 'one\ntwo', stdout: 'one\ntwo' },
        { run: 'exec -i a -- wc -c', stdin: 'y'.repeat(2_000_000), stdout: '2000000\n' },
        { run: "exec -i a -- sh -c 'read x; echo got $x'", stdin: 'one\ntwo\n', stdout: 'got one\n' },
        { run: 'exec a -- cat', stdin: 'is not passed on', stdout: '' },
      ],
    },
    {
      name: 'exec -c, of a pod with several containers',
      given: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: two }],
      steps: [
        ready,
        { run: "exec a -c side -- sh -c 'echo $WHO'", stdout: 'side\n' },
        {
          run: "exec a -- sh -c 'echo none $WHO'",
          stdout: 'none\n',
          stderr: /Defaulted container "main" out of: main, side/,
        },
        { run: 'annotate pod a kubectl.kubernetes.io/default-container=side' },
        { run: "exec a -- sh -c 'echo $WHO'", stdout: 'side\n' },
      ],
    },
    {
      name: 'exec -it: a terminal, its size, ^C',
      given: [sleeper],
      steps: [ready, { does: showsItsSize }, { does: interruptsOnATerminal }],
    },
    {
      name: 'attach, attach -i',
      given: [
        shellPod('a', listener, { restartPolicy: 'Never', container: { stdin: true, stdinOnce: true } }),
      ],
      steps: [
        ready,
        { start: 'attach a' },
        { heard: /^$/ },
        { run: 'attach -i a', stdin: 'one\ntwo\n', stdout: /heard two\nover\n$/, stderr: /.*/s },
        { run: "wait pod/a --for=jsonpath='{.status.phase}'=Succeeded --timeout=20s" },
        { run: 'logs a', stdout: 'began\nheard one\nheard two\nover\n' },
        { run: 'attach a', exitCode: 1, stderr: /cannot attach a container in a completed pod/ },
      ],
    },
    {
      name: 'attach -i to a container that keeps its input open',
      given: [shellPod('a', listener, { container: { stdin: true } })],
      steps: [
        ready,
        { run: 'attach -i a', stdin: 'one\n', stdout: /heard one\n$/, stderr: /.*/s },
        { run: 'attach -i a', stdin: 'two\n', stdout: /heard two\n$/, stderr: /.*/s },
      ],
    },
    {
      name: 'attach -it',
      given: [
        shellPod('a', 'while read line; do echo "heard $line"; done', {
          container: { stdin: true, tty: true },
        }),
      ],
      steps: [ready, { does: attachesOnATerminal }],
    },
    {
      name: 'attach --detach-keys',
      lacks: {
        '1.27': { help: 'attach', absent: '--detach-keys' },
        '1.30': { help: 'attach', absent: '--detach-keys' },
        '1.33': { help: 'attach', absent: '--detach-keys' },
      },
      given: [shellPod('a', 'exec cat', { container: { stdin: true, tty: true } })],
      steps: [ready, { does: detachesByKeys }],
    },
    {
      name: 'run -i --rm --restart=Never',
      steps: [
        {
          run: "run a -i -q --rm --restart=Never --image=host --command -- sh -c 'read x; echo got $x; exit 5'",
          stdin: 'one\n',
          stdout: /^got one\n/,
          stderr: /terminated \(Error\)/,
          exitCode: 5,
        },
      ],
    },
    {
      name: 'cp of a file, a directory and a large file, both ways',
      given: [sleeper],
      steps: [ready, { does: copiesAreTheSame }, { does: saysWhatCannotBeCopied }],
    },
    {
      name: 'port-forward: many connections, large transfers, half-close',
      given: [echoPod('a', 2)],
      steps: [ready, { does: forwardsManyConnections }, { does: forwardsSeveralPorts }],
    },
    {
      name: 'port-forward of a port that nobody listens on, of nobody',
      given: [echoPod('a', 1)],
      steps: [
        ready,
        { does: aRefusedPortIsTold },
        { run: 'port-forward nobody 80', exitCode: 1, stderr: /pods "nobody" not found/ },
      ],
    },
    {
      name: 'get --raw, proxy: through the API server to nodes, pods and services',
      given: [webPod('a', { metadata: { labels: { app: 'web' } } })],
      steps: [
        ready,
        { run: 'get --raw /api/v1/nodes/node-1/proxy/healthz', stdout: 'ok' },
        { does: readsThroughProxies },
        { start: 'proxy --unix-socket={dir}/proxy' },
        { does: writesThroughProxies },
        { run: 'get --raw /api/v1/namespaces/{ns}/pods/nobody:80/proxy/', exitCode: 1, stderr: /not found/ },
      ],
    },
    {
      name: 'debug --copy-to --share-processes=false',
      given: [sleeper],
      steps: [
        ready,
        {
          run: "debug a --image=host --copy-to=b --share-processes=false -c dbg -- sh -c 'echo hello; exec sleep 3600'",
          stderr: /.*/s,
        },
        { run: 'logs b -c dbg', stdout: 'hello\n', eventually: true },
        { run: 'exec b -c dbg -- hostname', stdout: 'b\n' },
      ],
    },
    {
      name: 'debug',
      refused: 'there are no ephemeral containers yet',
      given: [sleeper],
      steps: [
        {
          run: 'debug a --image=host -- true',
          exitCode: 1,
          stderr: /ephemeral containers are disabled for this cluster/,
          stdout: /.*/,
        },
      ],
    },
  ],
};
