import type { Deployment, PodTemplateSpec, ReplicaSet } from '@hawser/api';
import { canonicalJson } from '../pods/template-hash.ts';
import { TEMPLATE_HASH } from './annotations.ts';

/** Whether two templates ask for the same pods; the hash that tells ReplicaSets apart is not looked at. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return canonicalJson(withoutHash(a)) === canonicalJson(withoutHash(b));
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [TEMPLATE_HASH]: _hash, ...labels } = template.metadata?.labels ?? {};
  const { creationTimestamp: _time, ...metadata } = template.metadata ?? { name: '' };
  return { ...template, metadata: { ...metadata, labels } as PodTemplateSpec['metadata'] };
}

export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const [one, other] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (one !== other) return one < other ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** The ReplicaSet of the current template: the oldest, should there be more. */
export function findNew({ spec }: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return sets.toSorted(byAge).find((set) => sameTemplate(set.spec.template, spec.template));
}

export function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0);
}

export const sizeOf = ({ spec }: ReplicaSet): number => spec.replicas ?? 0;
export const availableOf = ({ status }: ReplicaSet): number => status?.availableReplicas ?? 0;
