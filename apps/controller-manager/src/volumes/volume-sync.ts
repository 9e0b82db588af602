import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  persistentVolumes,
} from '@hawser/api';
import { isNotFound } from '@hawser/client';
import type { ControllerContext } from '../framework/controller.ts';
import { volumeUnbound } from './bound-states.ts';

type Phase = NonNullable<PersistentVolume['status']>['phase'];

const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';

/** Tells of one volume where it is in its life (pv_controller.go `syncVolume`). */
export class VolumeSync {
  constructor(
    private readonly context: ControllerContext,
    private readonly claims: { get(key: string): PersistentVolumeClaim | undefined },
  ) {}

  async sync(volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const { claimRef } = volume.spec ?? {};
    // Reserved for a claim that has not come for it yet.
    if (claimRef === undefined || !claimRef.uid)
      return void (await this.#setPhase(volume, 'Available', signal));
    const { namespace = '', name = '', uid } = claimRef;
    const claim = this.claims.get(`${namespace}/${name}`) ?? (await this.#ask(namespace, name, signal));
    if (claim === undefined || claim.metadata.uid !== uid) return this.#release(volume, signal);
    // The claim has still to say that it took the volume: its own turn comes.
    if (!claim.spec?.volumeName) return;
    if (claim.spec.volumeName === volume.metadata.name) await this.#setPhase(volume, 'Bound', signal);
    else await this.#unbind(volume, signal);
  }

  /** The cache may be behind: data is given up only when the server says that the claim is gone. */
  async #ask(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<PersistentVolumeClaim | undefined> {
    return await this.context.client
      .get(persistentVolumeClaims, name, { namespace, signal })
      .catch((error) => {
        if (!isNotFound(error)) throw error;
        return undefined;
      });
  }

  /** The claim took another volume. */
  async #unbind(volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const freed = await this.context.client.update(persistentVolumes, volumeUnbound(volume), { signal });
    await this.#setPhase(freed, 'Available', signal);
  }

  /**
   * The claim is gone. A retained volume keeps its data and waits for somebody to look at it; one to be deleted
   * waits for the provisioner that made it. Nobody here deletes what no provisioner made.
   */
  async #release(volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    if (volume.status?.phase === 'Failed') return;
    const { persistentVolumeReclaimPolicy: policy } = volume.spec ?? {};
    const released = await this.#setPhase(volume, 'Released', signal);
    if (policy === 'Retain' || volume.metadata.annotations?.[PROVISIONED_BY] !== undefined) return;
    const [reason, verb] =
      policy === 'Recycle' ? ['VolumeFailedRecycle', 'recyclable'] : ['VolumeFailedDelete', 'deletable'];
    const why = `no ${verb} volume plugin matched`;
    const { kind, apiVersion } = persistentVolumes;
    this.context.recorder.event({ kind, apiVersion, metadata: volume.metadata }, 'Warning', reason!, why);
    await this.#setPhase(released, 'Failed', signal, why);
  }

  async #setPhase(
    volume: PersistentVolume,
    phase: Phase,
    signal: AbortSignal,
    message?: string,
  ): Promise<PersistentVolume> {
    if (volume.status?.phase === phase) return volume;
    const { message: _before, reason: _reason, ...status } = volume.status ?? {};
    const changed = { ...volume, status: { ...status, phase, ...(message && { message }) } };
    return await this.context.client.update(persistentVolumes, changed, { subresource: 'status', signal });
  }
}
