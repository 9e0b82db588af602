import {
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  type StatefulSet,
  statefulSets,
} from '@hawser/api';
import { isAlreadyExists, isNotFound } from '@hawser/client';
import type { ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { controllerReference } from '../ownership/controller-ref.ts';
import { claimName, ordinalOf } from './stateful-pod.ts';

/** The claims that the pods of StatefulSets get, and keep (pkg/controller/statefulset `StatefulPodControl`). */
export class VolumeClaims {
  constructor(private readonly context: ControllerContext) {}

  /** Makes the claims of a pod that are not there. */
  async ensure(set: StatefulSet, ordinal: number, signal: AbortSignal): Promise<void> {
    const { client, recorder } = this.context;
    const { namespace } = set.metadata;
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const name = claimName(set, template.metadata?.name ?? '', ordinal);
      const there = await client.get(persistentVolumeClaims, name, { namespace, signal }).then(
        () => true,
        (error) => !isNotFound(error) && Promise.reject(error),
      );
      if (there) continue;
      const isOwned = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
      const { labels = {}, annotations = {} } = template.metadata ?? {};
      const metadata = {
        name,
        labels: { ...labels, ...set.spec.selector.matchLabels },
        annotations,
        ...(isOwned ? { ownerReferences: [controllerReference(set, statefulSets)] } : {}),
      };
      const claim = { metadata, spec: template.spec };
      const pod = `${set.metadata.name}-${ordinal}`;
      try {
        await client.create(persistentVolumeClaims, claim, { namespace, signal });
        const words = `create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
        recorder.event(set, 'Normal', 'SuccessfulCreate', words);
      } catch (error) {
        if (isAlreadyExists(error)) continue;
        const why = (error as Error).message;
        const words = `create Claim ${name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${why}`;
        recorder.event(set, 'Warning', 'FailedCreate', words);
        throw error;
      }
    }
  }

  /** Lets the claims of a pod that is one too many go with it, where the StatefulSet says so. */
  async condemn(set: StatefulSet, pod: Pod, signal: AbortSignal): Promise<void> {
    const ordinal = ordinalOf(set, pod);
    if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete' || ordinal === undefined)
      return;
    const { client } = this.context;
    const { namespace } = set.metadata;
    for (const { metadata } of set.spec.volumeClaimTemplates ?? []) {
      const name = claimName(set, metadata?.name ?? '', ordinal);
      const claim = await client
        .get(persistentVolumeClaims, name, { namespace, signal })
        .catch(ignoreNotFound);
      if (claim !== undefined) await this.#giveTo(claim, pod, signal);
    }
  }

  async #giveTo(claim: PersistentVolumeClaim, pod: Pod, signal: AbortSignal): Promise<void> {
    const { name, uid = '' } = pod.metadata;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name, uid }];
    if (claim.metadata.ownerReferences?.some((owner) => owner.uid === uid)) return;
    const owned = { ...claim, metadata: { ...claim.metadata, ownerReferences } };
    await this.context.client.update(persistentVolumeClaims, owned, { signal });
  }
}
