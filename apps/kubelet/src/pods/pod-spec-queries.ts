import type { Container, Pod } from '@hawser/api';

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

export function restartPolicyOf({ spec }: Pod): RestartPolicy {
  return (spec?.restartPolicy as RestartPolicy | undefined) ?? 'Always';
}

export function initContainersOf({ spec }: Pod): Container[] {
  return spec?.initContainers ?? [];
}

export function containersOf({ spec }: Pod): Container[] {
  return spec?.containers ?? [];
}

/** An init container that runs on beside the others. */
export function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === 'Always';
}

/** The init containers that run to their end, and the sidecars. */
export function findContainer(pod: Pod, name: string): { container: Container; isInit: boolean } | undefined {
  const init = initContainersOf(pod).find((container) => container.name === name);
  if (init) return { container: init, isInit: true };
  const regular = containersOf(pod).find((container) => container.name === name);
  return regular && { container: regular, isInit: false };
}

const DEFAULT_GRACE_SECONDS = 30;

/** How long the pod may take to end: what the deletion grants, else what the pod asks for. */
export function gracePeriodOf({ metadata, spec }: Pod): number {
  return metadata.deletionGracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
}

/** `namespace/name`, for logs. */
export function podName({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}
