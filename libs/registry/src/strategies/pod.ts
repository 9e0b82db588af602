import { type FieldError, forbiddenField, invalidValue, type Pod, qosClass } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { dnsLabelFault } from '../validation/names.ts';
import { podSpecFaults } from '../validation/pod-spec/pod-spec-faults.ts';
import { podUpdateFaults } from '../validation/pod-spec/pod-update-faults.ts';
import { podWarnings } from '../validation/pod-spec/pod-warnings.ts';
import { completePodSpec, completeSpecOfPod } from './pod-spec.ts';
import { completePodStatus, podStatusFaults } from './pod-status.ts';

type Data = Pod & Record<string, unknown>;

const DEFAULT_GRACE_SECONDS = 30;
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/** Said of a pod that the scheduler may not look at yet. */
const GATED = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
};

export const podStrategy: Strategy<Data> = {
  countsGenerations: true,
  returnDeletedObject: true,

  prepareForCreate(pod) {
    completeSpec(pod);
    const gated = (pod.spec.schedulingGates ?? []).length > 0;
    pod.status = {
      phase: 'Pending',
      ...(gated ? { conditions: [{ ...GATED, lastTransitionTime: pod.metadata.creationTimestamp! }] } : {}),
    };
  },

  // Admission gives defaults to what containers ask for.
  prepareAdmitted(pod) {
    pod.status = { ...pod.status, qosClass: qosClass(pod) };
  },

  prepareForUpdate(pod) {
    completeSpec(pod);
  },

  // What the kubelet reports never takes back the class that was fixed at creation.
  prepareForStatusUpdate(pod, old) {
    if (pod.status === undefined) return;
    if (old.status?.qosClass !== undefined) pod.status.qosClass = old.status.qosClass;
    completePodStatus(pod.status);
  },

  validateStatusUpdate: podStatusFaults,

  validate(pod) {
    return [...podSpecFaults(pod.spec, 'spec', { isPod: true }), ...podOnlyFaults(pod)];
  },

  validateCreate({ spec }) {
    const faults: FieldError[] = [];
    if ((spec.ephemeralContainers ?? []).length > 0)
      faults.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
    if (spec.nodeName && (spec.schedulingGates ?? []).length > 0)
      faults.push(
        forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'),
      );
    return faults;
  },

  validateUpdate: podUpdateFaults,

  // Pods are seldom changed by people: upstream has no words for it.
  warnings: ({ metadata, spec }, old) =>
    old === undefined ? [...nameWarnings(metadata.name), ...podWarnings('', metadata, spec)] : [],

  // Nothing runs yet, or no longer: there is nothing to wait for.
  gracePeriod({ spec, status }, asked) {
    if (!spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
    return asked ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  },
};

/** A pod is also a host. */
function nameWarnings(name: string): string[] {
  const fault = dnsLabelFault(name);
  if (fault === undefined) return [];
  return [
    `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${fault}]`,
  ];
}

function completeSpec(pod: Data): void {
  // Admission looks into the spec before validation finds that nothing is in it.
  pod.spec ??= {} as Data['spec'];
  completePodSpec(pod.spec);
  completeSpecOfPod(pod.spec);
}

/** What is asked of a pod and not of the template of one (validatePodMetadataAndSpec). */
function podOnlyFaults({ spec, metadata }: Data): FieldError[] {
  const { annotations = {} } = metadata;
  const faults: FieldError[] = [];
  if (annotations[MIRROR_ANNOTATION] !== undefined && !spec.nodeName)
    faults.push(
      invalidValue(
        `metadata.annotations[${MIRROR_ANNOTATION}]`,
        annotations[MIRROR_ANNOTATION],
        'must set spec.nodeName if mirror pod annotation is set',
      ),
    );
  if (spec.serviceAccountName) return faults;
  (spec.volumes ?? []).forEach(({ projected }, i) => {
    (projected?.sources ?? []).forEach(({ serviceAccountToken }, j) => {
      if (serviceAccountToken !== undefined)
        faults.push(
          forbiddenField(
            `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`,
            'must not be specified when serviceAccountName is not set',
          ),
        );
    });
  });
  return faults;
}
