import type { Container, Pod } from '@hawser/api';
import type { ContainerSecurityContext } from '../container-runtime/container-runtime.ts';
import { UnsupportedSettingError } from '../container-runtime/errors.ts';
import { ContainerConfigError } from '../environment/container-config-error.ts';

/**
 * A container's security context: its own settings, then the pod's. Settings that no runtime of ours could
 * honour are refused here; the rest is the runtime's to honour or refuse.
 * @throws ContainerConfigError, UnsupportedSettingError
 */
export function securityContextOf(
  pod: Pod,
  container: Container,
  kubeletUid: number,
): ContainerSecurityContext {
  const own = container.securityContext ?? {};
  const shared = pod.spec?.securityContext ?? {};
  refuseUnsupported(pod);
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  if (own.runAsNonRoot ?? shared.runAsNonRoot) checkNonRoot(pod, container, runAsUser, kubeletUid);
  const groups = [
    ...(shared.supplementalGroups ?? []),
    ...(shared.fsGroup === undefined ? [] : [shared.fsGroup]),
  ];
  const capabilities = own.capabilities;
  return {
    privileged: own.privileged,
    capabilities: capabilities && { add: capabilities.add ?? [], drop: capabilities.drop ?? [] },
    runAsUser,
    runAsGroup: own.runAsGroup ?? shared.runAsGroup,
    supplementalGroups: [...new Set(groups)],
    readonlyRootfs: own.readOnlyRootFilesystem,
    noNewPrivs: own.allowPrivilegeEscalation === false,
    hostPid: pod.spec?.hostPID,
    hostIpc: pod.spec?.hostIPC,
    seccompProfile: (own.seccompProfile ?? shared.seccompProfile)?.type,
    appArmorProfile: (own.appArmorProfile ?? shared.appArmorProfile)?.type,
    seLinux: (own.seLinuxOptions ?? shared.seLinuxOptions) !== undefined,
    procMount: own.procMount,
  };
}

function refuseUnsupported({ spec }: Pod): void {
  const refusals = [
    spec?.securityContext?.sysctls?.length ? 'sysctls' : undefined,
    spec?.hostUsers === false ? 'hostUsers: false' : undefined,
    spec?.shareProcessNamespace ? 'shareProcessNamespace' : undefined,
  ].filter((setting) => setting !== undefined);
  if (refusals.length > 0)
    throw new UnsupportedSettingError(`not supported on this node: ${refusals.join(', ')}`);
}

/** There is no image to name a user: without `runAsUser` the container runs as the kubelet's. */
function checkNonRoot(
  pod: Pod,
  container: Container,
  runAsUser: number | undefined,
  kubeletUid: number,
): void {
  if ((runAsUser ?? kubeletUid) !== 0) return;
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (runAsUser === 0)
    throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
  throw new ContainerConfigError(
    `container has runAsNonRoot and would run as root, as the kubelet does ${where}`,
  );
}
