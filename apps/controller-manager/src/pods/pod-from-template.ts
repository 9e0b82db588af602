import type { PodTemplateSpec } from '@hawser/api';
import type { Named, Resource } from '@hawser/client';
import { controllerReference } from '../ownership/controller-ref.ts';

/** A pod as it is sent to be created; the server gives it its name. */
export interface PodDraft {
  metadata: {
    name?: string;
    namespace?: string;
    generateName?: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    finalizers?: string[];
    ownerReferences: ReturnType<typeof controllerReference>[];
  };
  spec: PodTemplateSpec['spec'];
}

/** A pod of a template, managed by an owner (pkg/controller `GetPodFromTemplate`). */
export function podFromTemplate(template: PodTemplateSpec, owner: Named, ownerKind: Resource): PodDraft {
  const { labels = {}, annotations = {}, finalizers } = template.metadata ?? {};
  return {
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      labels: { ...labels },
      annotations: { ...annotations },
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerReference(owner, ownerKind)],
    },
    spec: structuredClone(template.spec),
  };
}
