import {
  type Node,
  newestDefaultClass,
  type PersistentVolume,
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  persistentVolumes,
  type StorageClass,
  storageClassOf,
} from '@hawser/api';
import type { ControllerContext } from '../framework/controller.ts';
import { boundStatus, claimBoundTo, volumeBoundTo, wasBound } from './bound-states.ts';
import { findVolume, isReservedFor } from './find-volume.ts';
import { isReachable } from './is-reachable.ts';

type Claim = PersistentVolumeClaim;
type Volume = PersistentVolume;

/** What is read from caches. */
export interface VolumeSources {
  readonly volumes: { get(name: string): Volume | undefined; list(): Volume[] };
  readonly classes: { get(name: string): StorageClass | undefined; list(): StorageClass[] };
  readonly nodes: { get(name: string): Node | undefined };
}

const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const BETA_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const IN_TREE = 'kubernetes.io/';

/** Brings one claim nearer to being bound (pv_controller.go `syncClaim`). */
export class ClaimSync {
  constructor(
    private readonly context: ControllerContext,
    private readonly sources: VolumeSources,
  ) {}

  async sync(claim: Claim, signal: AbortSignal): Promise<void> {
    if (wasBound(claim)) await this.#syncBound(claim, signal);
    else await this.#syncUnbound(claim, signal);
  }

  async #syncUnbound(claim: Claim, signal: AbortSignal): Promise<void> {
    if (claim.metadata.deletionTimestamp !== undefined) return;
    const named = claim.spec?.volumeName;
    if (named) {
      const volume = this.sources.volumes.get(named);
      const isFree = volume?.spec?.claimRef === undefined;
      if (volume !== undefined && (isFree || isReservedFor(volume, claim)))
        return this.#bind(volume, claim, signal);
      return this.#setPhase(claim, 'Pending', signal);
    }
    if (this.#waitsForConsumer(claim)) {
      this.#tell(
        claim,
        'Normal',
        'WaitForFirstConsumer',
        'waiting for first consumer to be created before binding',
      );
      return this.#setPhase(claim, 'Pending', signal);
    }
    const volume = findVolume(claim, this.#candidates(claim));
    if (volume !== undefined) return this.#bind(volume, claim, signal);
    if (await this.#giveUpNode(claim, signal)) return;
    if (await this.#giveDefaultClass(claim, signal)) return;
    await this.#askProvisioner(claim, signal);
    await this.#setPhase(claim, 'Pending', signal);
  }

  /** A reserved volume is bound at once all the same: there is nothing left to choose. */
  #waitsForConsumer(claim: Claim): boolean {
    const mode = this.sources.classes.get(storageClassOf(claim))?.volumeBindingMode;
    if (mode !== 'WaitForFirstConsumer') return false;
    if (claim.metadata.annotations?.[SELECTED_NODE] !== undefined) return false;
    return !this.sources.volumes.list().some((volume) => isReservedFor(volume, claim));
  }

  /** Where the node is chosen, what can be reached from there. */
  #candidates({ metadata }: Claim): Volume[] {
    const all = this.sources.volumes.list();
    const name = metadata.annotations?.[SELECTED_NODE];
    if (name === undefined) return all;
    const node = this.sources.nodes.get(name);
    return node === undefined ? [] : all.filter((volume) => isReachable(volume, node));
  }

  /** Another claim was faster, and nobody makes volumes of the class: the scheduler has to choose again. */
  async #giveUpNode(claim: Claim, signal: AbortSignal): Promise<boolean> {
    const { [SELECTED_NODE]: chosen, ...annotations } = claim.metadata.annotations ?? {};
    const storageClass = this.sources.classes.get(storageClassOf(claim));
    if (chosen === undefined || !storageClass?.provisioner.startsWith(IN_TREE)) return false;
    const metadata = { ...claim.metadata, annotations };
    await this.context.client.update(persistentVolumeClaims, { ...claim, metadata }, { signal });
    return true;
  }

  /** A claim that came before there was a default class gets it now; its change brings it here again. */
  async #giveDefaultClass(claim: Claim, signal: AbortSignal): Promise<boolean> {
    const saysNone = claim.spec?.storageClassName !== undefined || storageClassOf(claim) !== '';
    const found = saysNone ? undefined : newestDefaultClass(this.sources.classes.list());
    if (found === undefined) return false;
    const spec = { ...claim.spec, storageClassName: found.metadata.name };
    await this.context.client.update(persistentVolumeClaims, { ...claim, spec }, { signal });
    return true;
  }

  /** Marks the claim for whoever makes volumes of its class. */
  async #askProvisioner(claim: Claim, signal: AbortSignal): Promise<void> {
    const className = storageClassOf(claim);
    if (className === '') {
      const why = 'no persistent volumes available for this claim and no storage class is set';
      return this.#tell(claim, 'Normal', 'FailedBinding', why);
    }
    const provisioner = this.sources.classes.get(className)?.provisioner;
    if (provisioner === undefined)
      return this.#tell(
        claim,
        'Warning',
        'ProvisioningFailed',
        `storageclass.storage.k8s.io "${className}" not found`,
      );
    if (provisioner.startsWith(IN_TREE))
      return this.#tell(
        claim,
        'Warning',
        'ProvisioningFailed',
        `no volume plugin matched name: ${provisioner}`,
      );
    this.#tell(
      claim,
      'Normal',
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    );
    if (claim.metadata.annotations?.[PROVISIONER] === provisioner) return;
    const marks = { [PROVISIONER]: provisioner, [BETA_PROVISIONER]: provisioner };
    const metadata = { ...claim.metadata, annotations: { ...claim.metadata.annotations, ...marks } };
    await this.context.client.update(persistentVolumeClaims, { ...claim, metadata }, { signal });
  }

  /** Both sides, the volume first: a claim that says it is bound must be able to rely on it. */
  async #bind(volume: Volume, claim: Claim, signal: AbortSignal): Promise<void> {
    const { client } = this.context;
    const taken = volumeBoundTo(volume, claim);
    let bound = taken === undefined ? volume : await client.update(persistentVolumes, taken, { signal });
    if (bound.status?.phase !== 'Bound') {
      const status = { ...bound.status, phase: 'Bound' as const };
      bound = await client.update(persistentVolumes, { ...bound, status }, { subresource: 'status', signal });
    }
    const changed = claimBoundTo(claim, bound);
    const owner =
      changed === undefined ? claim : await client.update(persistentVolumeClaims, changed, { signal });
    if (owner.status?.phase !== 'Bound')
      await client.update(persistentVolumeClaims, boundStatus(owner, bound), {
        subresource: 'status',
        signal,
      });
  }

  async #syncBound(claim: Claim, signal: AbortSignal): Promise<void> {
    const named = claim.spec?.volumeName;
    if (!named)
      return this.#lose(
        claim,
        'ClaimLost',
        'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!',
        signal,
      );
    const volume = this.sources.volumes.get(named);
    if (volume === undefined)
      return this.#lose(
        claim,
        'ClaimLost',
        'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
        signal,
      );
    if (volume.spec?.claimRef === undefined || volume.spec.claimRef.uid === claim.metadata.uid)
      return this.#bind(volume, claim, signal);
    await this.#lose(
      claim,
      'ClaimMisbound',
      'Two claims are bound to the same volume, this one is bound incorrectly',
      signal,
    );
  }

  async #lose(claim: Claim, reason: string, why: string, signal: AbortSignal): Promise<void> {
    if (claim.status?.phase !== 'Lost') this.#tell(claim, 'Warning', reason, why);
    await this.#setPhase(claim, 'Lost', signal);
  }

  async #setPhase(claim: Claim, phase: 'Pending' | 'Lost', signal: AbortSignal): Promise<void> {
    if (claim.status?.phase === phase) return;
    const changed = { ...claim, status: { ...claim.status, phase } };
    await this.context.client.update(persistentVolumeClaims, changed, { subresource: 'status', signal });
  }

  #tell({ metadata }: Claim, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { kind, apiVersion } = persistentVolumeClaims;
    this.context.recorder.event({ kind, apiVersion, metadata }, type, reason, message);
  }
}
