import { type Deployment, deployments, type ReplicaSet, replicaSets } from '@hawser/api';
import type { NewObject } from '@hawser/client';
import { controllerReference } from '../ownership/controller-ref.ts';
import { templateHash } from '../pods/template-hash.ts';
import { inheritedAnnotations, REVISION, sizeAnnotations, TEMPLATE_HASH } from './annotations.ts';
import type { RolloutLimits } from './rollout-limits.ts';

/** The ReplicaSet of a Deployment's current template, told from others by a hash in name, labels and selector. */
export function newReplicaSet(
  deployment: Deployment,
  limits: RolloutLimits,
  revision: number,
  replicas: number,
): NewObject<ReplicaSet> & { metadata: { name: string } } {
  const { metadata, spec, status } = deployment;
  const hash = templateHash(spec.template, status?.collisionCount);
  const own = { [TEMPLATE_HASH]: hash };
  const template = structuredClone(spec.template);
  const labels = { ...template.metadata?.labels, ...own };
  template.metadata = { ...template.metadata, labels } as ReplicaSet['spec']['template']['metadata'];
  return {
    apiVersion: replicaSets.apiVersion,
    kind: replicaSets.kind,
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      ownerReferences: [controllerReference(deployment, deployments)],
      labels,
      annotations: {
        ...inheritedAnnotations(deployment),
        [REVISION]: String(revision),
        ...sizeAnnotations(limits.desired, limits.maxSurge),
      },
    },
    spec: {
      replicas,
      minReadySeconds: spec.minReadySeconds ?? 0,
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector.matchLabels, ...own },
      },
      template,
    },
  };
}
