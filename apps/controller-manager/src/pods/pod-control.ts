import { type Pod, pods } from '@hawser/api';
import { isNamespaceTerminating, isNotFound, type Named } from '@hawser/client';
import type { ControllerContext } from '../framework/controller.ts';
import type { PodDraft } from './pod-from-template.ts';

type Owner = Named & { apiVersion: string; kind: string };

/** Makes and deletes the pods of an owner, and reports it there (pkg/controller `RealPodControl`). */
export class PodControl {
  constructor(private readonly context: ControllerContext) {}

  /** @throws what the server refuses with, reported unless the namespace is going away. */
  async create(draft: PodDraft, owner: Owner, signal: AbortSignal): Promise<Pod> {
    const { client, recorder, logger } = this.context;
    try {
      const pod = await client.create(pods, draft, { namespace: owner.metadata.namespace, signal });
      recorder.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      logger.debug({ pod: pod.metadata.name, owner: owner.metadata.name }, 'pod created');
      return pod;
    } catch (error) {
      if (!signal.aborted && !isNamespaceTerminating(error))
        recorder.event(owner, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`);
      throw error;
    }
  }

  /** Deletes this very pod; one that has gone already is an error, so that it is no longer waited for. */
  async delete(pod: Pod, owner: Owner, signal: AbortSignal): Promise<void> {
    const { client, recorder } = this.context;
    const { name, namespace, uid } = pod.metadata;
    try {
      await client.delete(pods, name, { namespace, uid, signal });
    } catch (error) {
      if (!signal.aborted && !isNotFound(error))
        recorder.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`);
      throw error;
    }
    recorder.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
  }
}
