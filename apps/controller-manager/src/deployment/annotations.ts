import type { ReplicaSet } from '@hawser/api';
import type { Named } from '@hawser/client';

/** What a Deployment's loop writes on it and on its ReplicaSets (pkg/controller/deployment/util). */
export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
export const TEMPLATE_HASH = 'pod-template-hash';

/** Annotations of a Deployment that its ReplicaSets do not get. */
const OWN = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

/** The place of an object in the history of its Deployment; 0 where it has none. */
export function revisionOf({ metadata }: Named): number {
  return numberIn(metadata.annotations, REVISION) ?? 0;
}

export function desiredReplicas({ metadata }: ReplicaSet): number | undefined {
  return numberIn(metadata.annotations, DESIRED_REPLICAS);
}

export function maxReplicas({ metadata }: ReplicaSet): number | undefined {
  return numberIn(metadata.annotations, MAX_REPLICAS);
}

/** What says, on a ReplicaSet, for what size of the Deployment it was last scaled. */
export function sizeAnnotations(desired: number, maxSurge: number): Record<string, string> {
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + maxSurge) };
}

/** The annotations that ReplicaSets take over. */
export function inheritedAnnotations({ metadata }: Named): Record<string, string> {
  const all = Object.entries(metadata.annotations ?? {});
  return Object.fromEntries(all.filter(([key]) => !OWN.has(key)));
}

/** The annotations of the ReplicaSet of the current template, at that revision; a former one is remembered. */
export function annotationsAtRevision(
  set: Named,
  deployment: Named,
  revision: number,
): Record<string, string> {
  const old = set.metadata.annotations ?? {};
  const annotations = { ...old, ...inheritedAnnotations(deployment) };
  const before = old[REVISION];
  if (numberIn(old, REVISION) !== undefined && Number(before) >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (before !== undefined) {
    const history = old[REVISION_HISTORY];
    annotations[REVISION_HISTORY] = history ? `${history},${before}` : before;
  }
  return annotations;
}

function numberIn(
  annotations: Readonly<Record<string, string>> | undefined,
  key: string,
): number | undefined {
  const text = annotations?.[key];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
