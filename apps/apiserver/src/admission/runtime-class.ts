import { isDeepStrictEqual } from 'node:util';
import { forbidden, type Pod, pods, type RuntimeClass } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import type { AdmissionAttributes, AdmissionPlugin } from '@hawser/registry';
import { mergeTolerations } from './merge-tolerations.ts';

/**
 * A pod of a runtime class costs what the class says, and goes to the nodes that the class says
 * (kubernetes/plugin/pkg/admission/runtimeclass).
 */
export function runtimeClassAdmission(classes: Lister<RuntimeClass>): AdmissionPlugin {
  const concerns = ({ kind, operation, subresource }: AdmissionAttributes) =>
    kind === pods && operation === 'CREATE' && subresource === '';
  return {
    name: 'RuntimeClass',
    admit(attributes) {
      if (!concerns(attributes)) return;
      const pod = attributes.object as unknown as Pod;
      const runtimeClass = classOf(pod, classes);
      if (runtimeClass === undefined) return;
      setOverhead(pod, runtimeClass);
      setScheduling(pod, runtimeClass);
    },
    validate(attributes) {
      if (!concerns(attributes)) return;
      const pod = attributes.object as unknown as Pod;
      const overhead = classOf(pod, classes)?.overhead;
      if (overhead !== undefined) checkOverhead(pod, overhead.podFixed);
      else if (pod.spec.overhead !== undefined)
        throw refuse(
          pod,
          'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
        );
    },
  };
}

/** @throws ApiError Forbidden where there is no such class. */
function classOf(pod: Pod, classes: Lister<RuntimeClass>): RuntimeClass | undefined {
  const { runtimeClassName } = pod.spec;
  if (runtimeClassName === undefined) return undefined;
  const found = classes.get('', runtimeClassName);
  if (found === undefined)
    throw refuse(pod, `pod rejected: RuntimeClass ${JSON.stringify(runtimeClassName)} not found`);
  return found;
}

function setOverhead(pod: Pod, { overhead }: RuntimeClass): void {
  if (overhead === undefined) return;
  if (pod.spec.overhead !== undefined) checkOverhead(pod, overhead.podFixed);
  if (overhead.podFixed !== undefined) pod.spec.overhead = { ...overhead.podFixed };
}

/** Quantities were made canonical when they were read: equal ones have equal texts. */
function checkOverhead(pod: Pod, podFixed: Record<string, string> = {}): void {
  if (!isDeepStrictEqual(pod.spec.overhead ?? {}, podFixed))
    throw refuse(pod, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
}

function setScheduling(pod: Pod, { scheduling }: RuntimeClass): void {
  if (scheduling === undefined) return;
  const { nodeSelector = {}, tolerations = [] } = scheduling;
  const own = pod.spec.nodeSelector ?? {};
  for (const [key, value] of Object.entries(nodeSelector))
    if (Object.hasOwn(own, key) && own[key] !== value)
      throw refuse(
        pod,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own[key]}`,
      );
  if (Object.keys(nodeSelector).length > 0) pod.spec.nodeSelector = { ...own, ...nodeSelector };
  const merged = mergeTolerations([...(pod.spec.tolerations ?? []), ...tolerations]);
  if (merged.length > 0) pod.spec.tolerations = merged;
}

const refuse = (pod: Pod, why: string) => forbidden(pods, pod.metadata.name ?? '', why);
