import { isDeepStrictEqual } from 'node:util';
import { type Container, forbiddenField, type Pod, required } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { qosClass } from './pod-qos.ts';
import { completePodSpec, completeSpecOfPod, podSpecFaults } from './pod-spec.ts';

type Data = Pod & Record<string, unknown>;

const DEFAULT_GRACE_SECONDS = 30;

export const podStrategy: Strategy<Data> = {
  returnDeletedObject: true,

  prepareForCreate(pod) {
    completeSpec(pod);
    pod.status = { phase: 'Pending', qosClass: qosClass(pod) };
  },

  prepareForUpdate(pod) {
    completeSpec(pod);
  },

  // What the kubelet reports never takes back the class that was fixed at creation.
  prepareForStatusUpdate(pod, old) {
    if (pod.status !== undefined && old.status?.qosClass !== undefined)
      pod.status.qosClass = old.status.qosClass;
  },

  validate({ spec }) {
    return spec === undefined ? [required('spec')] : podSpecFaults(spec, 'spec');
  },

  validateUpdate(pod, old) {
    if (isDeepStrictEqual(mutable(pod), mutable(old))) return [];
    return [
      forbiddenField(
        'spec',
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ),
    ];
  },

  // Nothing runs yet, or no longer: there is nothing to wait for.
  gracePeriod({ spec, status }, asked) {
    if (!spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
    return asked ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  },
};

function completeSpec(pod: Data): void {
  // Admission looks into the spec before validation finds that nothing is in it.
  pod.spec ??= {} as Data['spec'];
  completePodSpec(pod.spec);
  completeSpecOfPod(pod.spec);
}

/** The spec without what may change after creation. */
function mutable({ spec }: Data): unknown {
  if (spec === undefined) return undefined;
  const {
    activeDeadlineSeconds: _deadline,
    tolerations: _tolerations,
    terminationGracePeriodSeconds: _grace,
    ...rest
  } = spec;
  const images = (containers: Container[] = []) =>
    containers.map(({ image: _image, imagePullPolicy: _policy, ...container }) => container);
  return { ...rest, containers: images(spec.containers), initContainers: images(spec.initContainers) };
}
