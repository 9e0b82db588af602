import { type ControllerRevision, type Pod, type StatefulSet, statefulSets } from '@hawser/api';
import { REVISION_LABEL, templateOf } from '../history/revision-history.ts';
import { type PodDraft, podFromTemplate } from '../pods/pod-from-template.ts';

const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX = 'apps.kubernetes.io/pod-index';

/** The number of a pod of a StatefulSet, which its name ends with; undefined for a name that is not its own. */
export function ordinalOf({ metadata }: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${metadata.name}-`;
  const rest = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : '';
  return /^(0|[1-9]\d{0,9})$/.test(rest) ? Number(rest) : undefined;
}

/** The revision that a pod was made from. */
export function revisionOfPod({ metadata }: Pod): string | undefined {
  return metadata.labels?.[REVISION_LABEL];
}

/** The name of the claim that a pod gets of a template of claims. */
export function claimName({ metadata }: StatefulSet, template: string, ordinal: number): string {
  return `${template}-${metadata.name}-${ordinal}`;
}

/** A pod of a StatefulSet: its name, host name and claims are the same whenever it is made anew. */
export function statefulPod(set: StatefulSet, ordinal: number, revision: ControllerRevision): PodDraft {
  const draft = podFromTemplate(templateOf(revision), set, statefulSets);
  const name = `${set.metadata.name}-${ordinal}`;
  const { generateName: _generated, ...metadata } = draft.metadata;
  const claims = (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const volume = template.metadata?.name ?? '';
    return { name: volume, persistentVolumeClaim: { claimName: claimName(set, volume, ordinal) } };
  });
  const taken = new Set(claims.map((claim) => claim.name));
  const others = (draft.spec.volumes ?? []).filter((volume) => !taken.has(volume.name));
  return {
    metadata: {
      ...metadata,
      name,
      labels: {
        ...metadata.labels,
        [POD_NAME]: name,
        [POD_INDEX]: String(ordinal),
        [REVISION_LABEL]: revision.metadata.name,
      },
    },
    spec: {
      ...draft.spec,
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(claims.length + others.length > 0 ? { volumes: [...claims, ...others] } : {}),
    },
  };
}
