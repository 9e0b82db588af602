import { configMap, shellPod } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

const labels = { labels: { app: 'web' } };
const sleeper = shellPod('p', 'exec sleep 3600');

/** `kubectl wait`. */
export const waitGroup: ScenarioGroup = {
  title: 'wait',
  scenarios: [
    {
      name: 'wait --for=condition',
      given: [sleeper],
      steps: [
        { run: 'wait pod/p --for=condition=Ready --timeout=20s', stdout: 'pod/p condition met\n' },
        { run: 'wait pod p --for=condition=Ready=True', stdout: 'pod/p condition met\n' },
        {
          run: 'wait pod/p --for=condition=Ready=False --timeout=1s',
          exitCode: 1,
          stderr: /^error: timed out waiting for the condition on pods\/p\n$/,
        },
        {
          run: 'wait pod/nobody --for=condition=Ready --timeout=1s',
          exitCode: 1,
          stderr: 'Error from server (NotFound): pods "nobody" not found\n',
        },
        { run: 'wait node/node-1 --for=condition=Ready', stdout: 'node/node-1 condition met\n' },
      ],
    },
    {
      name: 'wait --for=delete',
      given: [configMap('a')],
      steps: [
        { start: 'wait configmap/a --for=delete --timeout=20s' },
        { run: 'delete configmap a', stdout: /deleted/ },
        { ends: 0 },
        { run: 'wait configmap/a --for=delete', stdout: '' },
      ],
    },
    {
      name: 'wait --for=jsonpath',
      given: [configMap('a', { k: 'v' }), sleeper],
      steps: [
        {
          run: "wait pod/p --for=jsonpath='{.status.phase}'=Running --timeout=20s",
          stdout: 'pod/p condition met\n',
        },
        { start: "wait configmap/a --for=jsonpath='{.data.k}'=w --timeout=20s" },
        { run: `patch configmap a -p '{"data":{"k":"w"}}'` },
        { heard: 'configmap/a condition met\n', ends: 0 },
      ],
    },
    {
      name: 'wait --for=jsonpath without a value',
      given: [configMap('a', { k: 'v' })],
      lacks: { '1.27': { help: 'wait', absent: "jsonpath='{}'[=value]" } },
      steps: [
        {
          run: "wait configmap/a --for=jsonpath='{.data.k}' --timeout=5s",
          stdout: 'configmap/a condition met\n',
        },
      ],
    },
    {
      name: 'wait --for=create',
      lacks: {
        '1.27': { help: 'wait', absent: '--for=create' },
        '1.30': { help: 'wait', absent: '--for=create' },
      },
      steps: [
        { start: 'wait configmap/a --for=create --timeout=20s' },
        { run: 'create configmap a' },
        { heard: 'configmap/a condition met\n', ends: 0 },
      ],
    },
    {
      name: 'wait --all, -l, --timeout=0',
      given: [configMap('a', { k: 'v' }, labels)],
      steps: [
        {
          run: "wait configmap -l app=web --for=jsonpath='{.data.k}'=v --timeout=0",
          stdout: 'configmap/a condition met\n',
        },
      ],
    },
  ],
};
