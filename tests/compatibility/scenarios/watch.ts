import { configMap, shellPod } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

/** `kubectl get -w`: what stands, then what comes. */
export const watchGroup: ScenarioGroup = {
  title: 'get -w',
  scenarios: [
    {
      name: 'get -w',
      given: [configMap('a', {}, { labels: { set: 'it' } })],
      steps: [
        { start: 'get configmap -l set=it -w', heard: /^NAME +DATA +AGE\na +0 +\S+\n/ },
        { run: 'create -f -', stdin: configMap('b', { k: 'v' }, { labels: { set: 'it' } }) },
        { heard: /^b +1 +\S+\n/m },
        { run: 'label configmap a set-' },
        { heard: /^a +0 .*\n[\s\S]*^a +0 /m },
      ],
    },
    {
      name: 'get -w --output-watch-events',
      steps: [
        {
          start: 'get configmap -l set=it -w --output-watch-events',
          heard: /^$/,
        },
        { run: 'create -f -', stdin: configMap('b', { k: 'v' }, { labels: { set: 'it' } }) },
        { heard: /^EVENT +NAME +DATA +AGE\nADDED +b +1 / },
        { run: 'annotate configmap b x=y' },
        { heard: /^MODIFIED +b +1 /m },
        { run: 'delete configmap b' },
        { heard: /^DELETED +b +1 /m },
      ],
    },
    {
      name: 'get --watch-only',
      given: [configMap('a', {}, { labels: { set: 'it' } })],
      steps: [
        { start: 'get configmap --watch-only -o name', heard: /^$/ },
        // Until the watch stands nothing is heard of what changes.
        { run: 'annotate configmap a x={id}', eventually: true },
        { run: 'annotate configmap a x-' },
        { run: 'create configmap late' },
        { heard: /^configmap\/late\n/m },
      ],
    },
    {
      name: 'get NAME -w',
      given: [shellPod('p', 'exec sleep 3600')],
      steps: [
        // kubectl reads the object, then watches, and shows nothing of a watch's first event: what changes in between
        // is never shown.
        { run: 'wait pod/p --for=condition=Ready --timeout=20s' },
        { start: 'get pod p -w', heard: /^p +1\/1 +Running /m },
        { run: 'delete pod p --now' },
        { heard: /^p +\d\/1 +(Terminating|Completed|Error) /m },
      ],
    },
  ],
};
