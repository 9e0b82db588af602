import {
  type HostPathVolumeSource,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type PersistentVolumeClaimVolumeSource,
  type Pod,
  persistentVolumeClaims,
  persistentVolumeSources,
  persistentVolumes,
} from '@hawser/api';
import { isNotFound, type KubeClient } from '@hawser/client';

/** Says where the volumes are that pods' claims are bound to. */
export interface ClaimedVolumes {
  /**
   * The path of the node behind a claim.
   * @throws Error where the claim is not bound, or bound to what this node cannot mount.
   */
  pathOf(pod: Pod, claim: PersistentVolumeClaimVolumeSource): Promise<HostPathVolumeSource>;
  forget(podUid: string): void;
}

/** Asks the API server, once for each claim of a pod: what a pod has mounted stays. */
export class RequestedClaimedVolumes implements ClaimedVolumes {
  readonly #held = new Map<string, Map<string, HostPathVolumeSource>>();

  constructor(private readonly client: Pick<KubeClient, 'get'>) {}

  async pathOf(
    { metadata: { uid = '', namespace = '' } }: Pod,
    { claimName }: PersistentVolumeClaimVolumeSource,
  ): Promise<HostPathVolumeSource> {
    const held = this.#held.get(uid) ?? new Map<string, HostPathVolumeSource>();
    const known = held.get(claimName);
    if (known !== undefined) return known;
    const path = nodePathOf(await this.#volumeOf(namespace, claimName));
    this.#held.set(uid, held.set(claimName, path));
    return path;
  }

  forget(podUid: string): void {
    this.#held.delete(podUid);
  }

  /** As `pkg/kubelet/volumemanager/populator`: each side must name the other. */
  async #volumeOf(namespace: string, claimName: string): Promise<PersistentVolume> {
    const claim = await this.client.get(persistentVolumeClaims, claimName, { namespace }).catch(absent);
    if (claim === undefined) throw new Error(`persistentvolumeclaim "${claimName}" not found`);
    const { volumeName } = claim.spec ?? {};
    if (claim.metadata.deletionTimestamp !== undefined) throw new Error('PVC is being deleted');
    if (claim.status?.phase !== 'Bound' || !volumeName) throw new Error('PVC is not bound');
    const volume = await this.client.get(persistentVolumes, volumeName).catch(absent);
    if (volume === undefined) throw new Error(`persistentvolume "${volumeName}" not found`);
    if (!isBoundTo(volume, claim))
      throw new Error(`persistentvolume "${volumeName}" is bound to another claim than "${claimName}"`);
    return volume;
  }
}

function isBoundTo({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  return spec?.claimRef?.uid === metadata.uid;
}

function nodePathOf({ spec = {} }: PersistentVolume): HostPathVolumeSource {
  if (spec.volumeMode === 'Block') throw new Error('volumes of mode Block are not supported on this node');
  if (spec.hostPath !== undefined) return spec.hostPath;
  // A local volume is there already; what is missing must not be made up.
  if (spec.local !== undefined) return { path: spec.local.path, type: 'Directory' };
  const source = persistentVolumeSources.find((name) => spec[name] !== undefined) ?? 'unknown';
  throw new Error(`persistent volumes of type ${source} are not supported on this node`);
}

function absent(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
