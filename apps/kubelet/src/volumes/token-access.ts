import type { Pod } from '@hawser/api';

/**
 * Who may read a pod's token: nobody but the user of its containers, where all have the same, or the group of its
 * files, where it has one; whoever the volume's mode lets otherwise (kubernetes/pkg/volume/projected and
 * volume/util `FsUserFrom`).
 */
export function tokenAccess(pod: Pod, mode: number): { mode: number; uid?: number } {
  const uid = commonUser(pod);
  if (uid === undefined && pod.spec?.securityContext?.fsGroup === undefined) return { mode };
  // Without root's rights there is one user, and files are its own.
  return { mode: 0o600, ...(uid === undefined || process.getuid?.() !== 0 ? {} : { uid }) };
}

/** As whom all containers run; undefined where they differ, or one does not say. */
function commonUser({ spec }: Pod): number | undefined {
  const { initContainers = [], containers = [], ephemeralContainers = [], securityContext } = spec ?? {};
  const users = [...initContainers, ...containers, ...ephemeralContainers].map(
    (container) => container.securityContext?.runAsUser ?? securityContext?.runAsUser,
  );
  return new Set(users).size === 1 ? users[0] : undefined;
}
