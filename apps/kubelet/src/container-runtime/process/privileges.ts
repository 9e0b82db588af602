import type { ContainerSecurityContext } from '../container-runtime.ts';
import { UnsupportedSettingError } from '../errors.ts';
import { resolveCapabilities } from './capabilities.ts';
import type { ProcessUser } from './shim-specification.ts';

/** The rights with which a container's process runs. */
export interface Privileges {
  /** Absent: the kubelet's own user. */
  user?: ProcessUser;
  /** The bounding set, by name. */
  capabilities: string[];
  noNewPrivs: boolean;
  /** Whether system calls are filtered (see seccomp-filter.ts). */
  seccomp: boolean;
}

export interface Isolation {
  bubblewrap: boolean;
  /** The kubelet's own; 0 can become anyone, another only itself. */
  kubeletUser: { uid: number; gid: number };
}

/** What this kubelet can give. */
export function kubeletIsolation(bubblewrap: boolean): Isolation {
  return { bubblewrap, kubeletUser: { uid: process.getuid!(), gid: process.getgid!() } };
}

/**
 * Decides a container's rights, or refuses: a security setting that cannot be honoured stops the container
 * rather than being passed over.
 * @throws UnsupportedSettingError naming the setting and what it would take.
 */
export function resolvePrivileges(context: ContainerSecurityContext, isolation: Isolation): Privileges {
  for (const check of CHECKS) {
    const refusal = check(context, isolation);
    if (refusal !== undefined) throw new UnsupportedSettingError(refusal);
  }
  const { add, drop } = context.capabilities ?? {};
  const seccomp = context.seccompProfile !== 'Unconfined';
  const rootless = isolation.kubeletUser.uid !== 0;
  return {
    user: rootless ? undefined : requestedUser(context),
    capabilities: rootless ? [] : resolveCapabilities(add, drop),
    // A filter takes it too, as the kernel has it.
    noNewPrivs: isolation.bubblewrap || rootless || seccomp || context.noNewPrivs === true,
    seccomp,
  };
}

function requestedUser(context: ContainerSecurityContext): ProcessUser | undefined {
  const { runAsUser, runAsGroup, supplementalGroups = [] } = context;
  if (runAsUser === undefined && runAsGroup === undefined && supplementalGroups.length === 0)
    return undefined;
  return { uid: runAsUser ?? 0, gid: runAsGroup ?? 0, groups: supplementalGroups };
}

type Check = (context: ContainerSecurityContext, isolation: Isolation) => string | undefined;

/** Each names one setting that this runtime cannot honour. */
const CHECKS: readonly Check[] = [
  (context) =>
    context.privileged ? 'privileged containers are not supported by the process runtime' : undefined,
  (context) => (context.seLinux ? 'seLinuxOptions are not supported by the process runtime' : undefined),
  ({ seccompProfile: profile }) =>
    profile === 'Localhost' ? `seccompProfile ${profile} is not supported by the process runtime` : undefined,
  ({ appArmorProfile: profile }) =>
    profile !== undefined && profile !== 'Unconfined'
      ? `appArmorProfile ${profile} is not supported by the process runtime`
      : undefined,
  ({ procMount }) =>
    procMount !== undefined && procMount !== 'Default'
      ? `procMount ${procMount} is not supported by the process runtime`
      : undefined,
  (context, { bubblewrap }) =>
    context.readonlyRootfs && !bubblewrap ? 'readOnlyRootFilesystem needs bubblewrap on the node' : undefined,
  ({ runAsUser }, { kubeletUser: { uid } }) =>
    runAsUser !== undefined && uid !== 0 && runAsUser !== uid
      ? `runAsUser ${runAsUser} needs a kubelet that runs as root; it runs as user ${uid}`
      : undefined,
  ({ runAsGroup }, { kubeletUser: { uid, gid } }) =>
    runAsGroup !== undefined && uid !== 0 && runAsGroup !== gid
      ? `runAsGroup ${runAsGroup} needs a kubelet that runs as root; its group is ${gid}`
      : undefined,
  ({ supplementalGroups = [] }, { kubeletUser: { uid } }) =>
    supplementalGroups.length > 0 && uid !== 0
      ? 'supplementalGroups and fsGroup need a kubelet that runs as root'
      : undefined,
  ({ capabilities }, { kubeletUser: { uid } }) =>
    uid !== 0 && (capabilities?.add ?? []).length > 0
      ? `capabilities ${capabilities!.add.join(', ')} need a kubelet that runs as root`
      : undefined,
];
