import type { Container, Pod, VolumeMount } from '@hawser/api';
import type { KeyValue, Mount } from '../container-runtime/container-runtime.ts';
import { UnsupportedSettingError } from '../container-runtime/errors.ts';
import { ContainerConfigError } from '../environment/container-config-error.ts';
import { expandVariables } from '../environment/expand-variables.ts';
import { holdSubPath } from '../volumes/sub-path.ts';
import { containerPath } from './container-path.ts';

/** Mounts, and what must be held until the container has them. */
export interface HeldMounts extends Disposable {
  readonly mounts: Mount[];
}

/** Where the API server's admission mounts every pod's service account. */
export const SERVICE_ACCOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The mounts that a container's `volumeMounts` ask for.
 * @param volumes the path on the node of each of the pod's volumes.
 * @throws ContainerConfigError, UnsupportedSettingError
 */
export function volumeMounts(
  pod: Pod,
  container: Container,
  volumes: ReadonlyMap<string, string>,
  envs: readonly KeyValue[],
): HeldMounts {
  if (container.volumeDevices?.length)
    throw new UnsupportedSettingError('volumeDevices are not supported on this node');
  const held: Disposable[] = [];
  const readOnly = readOnlyVolumes(pod);
  const dispose = () => {
    for (const path of held) path[Symbol.dispose]();
  };
  try {
    const mounts = (container.volumeMounts ?? []).map((mount) =>
      realize({ ...mount, readOnly: mount.readOnly || readOnly.has(mount.name) }, volumes, envs, held),
    );
    return { mounts, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/**
 * The volumes whose files the kubelet writes itself, with its rights: a container that could put a symlink there
 * would choose where (CVE-2017-1002102), so that they are read-only whatever the pod says. And claims that the pod
 * itself asks for as read-only.
 */
function readOnlyVolumes({ spec }: Pod): Set<string> {
  const written = (spec?.volumes ?? []).filter(
    ({ configMap, secret, downwardAPI, projected, persistentVolumeClaim }) =>
      configMap || secret || downwardAPI || projected || persistentVolumeClaim?.readOnly,
  );
  return new Set(written.map(({ name }) => name));
}

function realize(
  mount: VolumeMount,
  volumes: ReadonlyMap<string, string>,
  envs: readonly KeyValue[],
  held: Disposable[],
): Mount {
  const { name, mountPath, readOnly, mountPropagation, recursiveReadOnly } = mount;
  if (mountPropagation === 'Bidirectional')
    throw new UnsupportedSettingError('mountPropagation Bidirectional is not supported on this node');
  if (recursiveReadOnly === 'Enabled')
    throw new UnsupportedSettingError('recursiveReadOnly Enabled is not supported on this node');
  const volume = volumes.get(name);
  if (volume === undefined)
    throw new ContainerConfigError(`cannot find volume "${name}" to mount into container`);
  const place = { containerPath: containerPath(mountPath), readonly: readOnly === true };
  const subPath = subPathOf(mount, envs);
  if (subPath === '') return { ...place, hostPath: volume };
  const path = holdSubPath(volume, subPath);
  held.push(path);
  return { ...place, hostPath: path.path };
}

function subPathOf({ subPath, subPathExpr }: VolumeMount, envs: readonly KeyValue[]): string {
  if (!subPathExpr) return subPath ?? '';
  return expandVariables(subPathExpr, new Map(envs.map(({ key, value }) => [key, value])));
}
