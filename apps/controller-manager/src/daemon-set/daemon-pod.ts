import {
  type Affinity,
  type DaemonSet,
  daemonSets,
  type NodeSelectorTerm,
  type Pod,
  type Toleration,
} from '@hawser/api';
import { REVISION_LABEL } from '../history/revision-history.ts';
import { type PodDraft, podFromTemplate } from '../pods/pod-from-template.ts';

/** Troubles of a node that its daemons put up with (pkg/controller/daemon/util). */
const TOLERATED: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const NETWORK_UNAVAILABLE: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** The pod of a DaemonSet for a node: bound there by its affinity, so that the scheduler still has its say. */
export function daemonPod(set: DaemonSet, nodeName: string, hash: string): PodDraft {
  const draft = podFromTemplate(set.spec.template, set, daemonSets);
  draft.metadata.labels[REVISION_LABEL] = hash;
  const { spec } = draft;
  spec.affinity = onNode(spec.affinity, nodeName);
  const wanted = spec.hostNetwork ? [...TOLERATED, NETWORK_UNAVAILABLE] : TOLERATED;
  spec.tolerations = withTolerations(spec.tolerations ?? [], wanted);
  return draft;
}

/** Requires the node, beside whatever else is required of it. */
function onNode(affinity: Affinity = {}, nodeName: string): Affinity {
  const matchFields: NodeSelectorTerm['matchFields'] = [
    { key: 'metadata.name', operator: 'In', values: [nodeName] },
  ];
  const terms =
    affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const nodeSelectorTerms =
    terms.length === 0 ? [{ matchFields }] : terms.map((term) => ({ ...term, matchFields }));
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
    },
  };
}

function withTolerations(own: readonly Toleration[], wanted: readonly Toleration[]): Toleration[] {
  const same = (a: Toleration, b: Toleration) =>
    a.key === b.key &&
    a.operator === b.operator &&
    a.effect === b.effect &&
    (a.value ?? '') === (b.value ?? '');
  return [...own, ...wanted.filter((one) => !own.some((other) => same(one, other)))];
}

/** The node that a pod is on, or is made for. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? [])
    for (const { key, operator, values = [] } of matchFields)
      if (key === 'metadata.name' && operator === 'In' && values.length === 1) return values[0];
  return undefined;
}
