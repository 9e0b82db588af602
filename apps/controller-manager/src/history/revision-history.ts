import {
  type ControllerRevision,
  controllerRevisions,
  type PodTemplateSpec,
  type Selector,
} from '@hawser/api';
import { type Informer, isAlreadyExists, type Named, type Resource } from '@hawser/client';
import type { ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { claimObjects } from '../ownership/claim-objects.ts';
import { indexByController, managedBy, unmanaged } from '../ownership/controller-index.ts';
import { controllerReference, isControlledBy } from '../ownership/controller-ref.ts';
import { canonicalJson, templateHash } from '../pods/template-hash.ts';

/** The label by which pods are told to be of a revision. */
export const REVISION_LABEL = 'controller-revision-hash';

/** What made pods at some time: each template that there was. */
export interface History {
  readonly current: ControllerRevision;
  /** The others, oldest first. */
  readonly old: readonly ControllerRevision[];
}

/** The name of a new revision is taken by something else: the next hash has to be another. */
export class RevisionCollision extends Error {
  override readonly name = 'RevisionCollision';
}

interface Owner extends Named {
  apiVersion: string;
  kind: string;
  spec: {
    selector: { matchLabels?: Record<string, string> };
    template: PodTemplateSpec;
    revisionHistoryLimit?: number;
  };
  status?: { collisionCount?: number };
}

/** Keeps the templates of owners of a kind as ControllerRevisions, to go back to (pkg/controller/history). */
export class RevisionHistory {
  readonly informer: Informer<typeof controllerRevisions>;

  constructor(
    private readonly context: ControllerContext,
    private readonly kind: Resource,
  ) {
    this.informer = context.informers.get(controllerRevisions);
    indexByController(this.informer);
  }

  /**
   * The history with the current template as its newest revision.
   * @throws RevisionCollision once the owner's status counts it, so that the next try takes another hash.
   */
  async sync(owner: Owner, selector: Selector, signal: AbortSignal): Promise<History> {
    const collisionCount = owner.status?.collisionCount ?? 0;
    try {
      return await this.#sync(owner, selector, collisionCount, signal);
    } catch (error) {
      if (!(error instanceof RevisionCollision) || owner.status === undefined) throw error;
      const status = { ...owner.status, collisionCount: collisionCount + 1 };
      await this.context.client.update(this.kind, { ...owner, status }, { subresource: 'status', signal });
      throw error;
    }
  }

  async #sync(
    owner: Owner,
    selector: Selector,
    collisionCount: number,
    signal: AbortSignal,
  ): Promise<History> {
    const revisions = (await this.#claim(owner, selector, signal)).toSorted(
      (a, b) => a.revision - b.revision,
    );
    const data = templatePatch(owner.spec.template);
    const wanted = canonicalJson(data);
    const newest = revisions.at(-1)?.revision ?? 0;
    const equal = revisions.filter((revision) => canonicalJson(revision.data) === wanted);
    const found = equal.at(-1);
    if (found === undefined) {
      const current = await this.#create(owner, data, newest + 1, collisionCount, signal);
      return { current, old: revisions };
    }
    const current = found.revision < newest ? await this.#renumber(found, newest + 1, signal) : found;
    return { current, old: revisions.filter(({ metadata }) => metadata.uid !== found.metadata.uid) };
  }

  /** Deletes the oldest revisions beyond the limit that nothing is of any more. */
  async cleanUp(
    owner: Owner,
    { old }: History,
    isLive: (revision: ControllerRevision) => boolean,
    signal: AbortSignal,
  ) {
    const surplus = old.length - (owner.spec.revisionHistoryLimit ?? 10);
    if (surplus <= 0) return;
    for (const { metadata } of old.filter((revision) => !isLive(revision)).slice(0, surplus)) {
      const { name, namespace, uid } = metadata;
      await this.context.client
        .delete(controllerRevisions, name, { namespace, uid, signal })
        .catch(ignoreNotFound);
    }
  }

  #claim(owner: Owner, selector: Selector, signal: AbortSignal): Promise<ControllerRevision[]> {
    const { uid = '', namespace } = owner.metadata;
    const candidates: ControllerRevision[] = [
      ...managedBy(this.informer, uid),
      ...unmanaged(this.informer, namespace),
    ];
    const { client } = this.context;
    return claimObjects(owner, candidates, {
      client,
      ownerKind: this.kind,
      kind: controllerRevisions,
      selector,
      signal,
    });
  }

  async #create(
    owner: Owner,
    data: Record<string, unknown>,
    revision: number,
    collisionCount: number,
    signal: AbortSignal,
  ): Promise<ControllerRevision> {
    const { client } = this.context;
    const { name: ownerName, namespace } = owner.metadata;
    const hash = templateHash(data, collisionCount);
    const name = `${ownerName}-${hash}`;
    const labels = { ...owner.spec.template.metadata?.labels, [REVISION_LABEL]: hash };
    const metadata = { name, labels, ownerReferences: [controllerReference(owner, this.kind)] };
    try {
      return await client.create(controllerRevisions, { metadata, data, revision }, { namespace, signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const found = await client.get(controllerRevisions, name, { namespace, signal });
      if (isControlledBy(found, owner) && canonicalJson(found.data) === canonicalJson(data)) return found;
      throw new RevisionCollision(name, { cause: error });
    }
  }

  /** An earlier template has become the current one again. */
  #renumber(found: ControllerRevision, revision: number, signal: AbortSignal): Promise<ControllerRevision> {
    return this.context.client.update(controllerRevisions, { ...found, revision }, { signal });
  }
}

/** The strategic merge patch that brings a template back: what `kubectl rollout undo` sends. */
export function templatePatch(template: PodTemplateSpec): Record<string, unknown> {
  return { spec: { template: { ...structuredClone(template), $patch: 'replace' } } };
}

/** The template of a revision. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const { spec } = data as { spec: { template: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _patch, ...template } = structuredClone(spec.template);
  return template;
}
