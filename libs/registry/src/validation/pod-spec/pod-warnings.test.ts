import { expect, test } from 'bun:test';
import { completedPod } from './pod-faults.testing.ts';
import { podWarnings } from './pod-warnings.ts';

const warningsOf = (spec: object, metadata: object = {}) => {
  const pod = completedPod(spec, metadata);
  return podWarnings('', pod.metadata, pod.spec);
};
const container = (more: object) => ({ containers: [{ name: 'c', image: 'i', ...more }] });

const cases: { name: string; spec: object; metadata?: object; warnings: string[] }[] = [
  { name: 'nothing remarkable', spec: {}, warnings: [] },
  {
    name: 'variables that stand twice',
    spec: container({
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
        { name: 'A', value: '$(A)3' },
      ],
    }),
    warnings: [
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ],
  },
  {
    name: 'ports that stand twice',
    spec: container({
      ports: [{ containerPort: 80 }, { containerPort: 80 }, { containerPort: 80, hostPort: 8080 }],
    }),
    warnings: [
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]',
    ],
  },
  {
    name: 'half a byte',
    spec: container({ resources: { requests: { memory: '500m' } } }),
    warnings: [
      'spec.containers[0].resources.requests[memory]: fractional byte value "500m" is invalid, must be an integer',
    ],
  },
  {
    name: 'a negative grace period',
    spec: { terminationGracePeriodSeconds: -1 },
    warnings: [
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ],
  },
  {
    name: 'labels, annotations and volumes of former days',
    spec: {
      nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
      volumes: [{ name: 'v', gitRepo: { repository: 'r' } }],
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'failure-domain.beta.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
        },
      ],
    },
    metadata: { annotations: { 'scheduler.alpha.kubernetes.io/critical-pod': '' } },
    warnings: [
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
      'spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod',
      'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
      'spec.volumes[0].gitRepo: deprecated in v1.11',
    ],
  },
  {
    name: 'names that stand twice, or not at all',
    spec: {
      hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }],
      imagePullSecrets: [{ name: 'a' }, { name: 'a' }, {}],
    },
    warnings: [
      'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
      'spec.imagePullSecrets[1].name: duplicate name "a"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
    ],
  },
];
test.each(cases)('a pod with $name', ({ spec, metadata, warnings }) =>
  expect(warningsOf(spec, metadata)).toEqual(warnings),
);
