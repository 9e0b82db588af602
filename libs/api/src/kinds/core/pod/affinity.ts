import { type Infer, list, message, one } from '../../../schema/fields.ts';
import { LabelSelector } from '../../meta/label-selector.ts';

export const NodeSelectorRequirement = message(
  'io.k8s.api.core.v1.NodeSelectorRequirement',
  'A requirement on one label or field of a node.',
  {
    key: one('string', 1, "The label's or field's key.", { required: true }),
    operator: one('string', 2, 'How the key is compared with the values.', {
      required: true,
      enum: ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'],
    }),
    values: list(
      'string',
      3,
      'Values to compare with; one integer for Gt and Lt, none for Exists and DoesNotExist.',
    ),
  },
);
export interface NodeSelectorRequirement extends Infer<typeof NodeSelectorRequirement> {}

export const NodeSelectorTerm = message(
  'io.k8s.api.core.v1.NodeSelectorTerm',
  'Requirements that must all hold of a node.',
  {
    matchExpressions: list(NodeSelectorRequirement, 1, 'Requirements on labels.'),
    matchFields: list(NodeSelectorRequirement, 2, 'Requirements on fields.'),
  },
  { atomic: true },
);
export interface NodeSelectorTerm extends Infer<typeof NodeSelectorTerm> {}

export const NodeSelector = message(
  'io.k8s.api.core.v1.NodeSelector',
  'Terms of which one must hold of a node.',
  {
    nodeSelectorTerms: list(NodeSelectorTerm, 1, 'The terms.', { required: true }),
  },
  { atomic: true },
);
export interface NodeSelector extends Infer<typeof NodeSelector> {}

export const PreferredSchedulingTerm = message(
  'io.k8s.api.core.v1.PreferredSchedulingTerm',
  'A node selector term with a weight.',
  {
    weight: one('int32', 1, 'From 1 to 100.', { required: true }),
    preference: one(NodeSelectorTerm, 2, 'The term.', { required: true }),
  },
);
export interface PreferredSchedulingTerm extends Infer<typeof PreferredSchedulingTerm> {}

export const NodeAffinity = message(
  'io.k8s.api.core.v1.NodeAffinity',
  'On which nodes a pod may, or rather should, run.',
  {
    requiredDuringSchedulingIgnoredDuringExecution: one(
      NodeSelector,
      1,
      'Must hold for the pod to be scheduled.',
    ),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      PreferredSchedulingTerm,
      2,
      'Nodes with the greatest sum of weights come first.',
    ),
  },
);
export interface NodeAffinity extends Infer<typeof NodeAffinity> {}

export const PodAffinityTerm = message(
  'io.k8s.api.core.v1.PodAffinityTerm',
  'Pods near which, or away from which, a pod is placed.',
  {
    labelSelector: one(LabelSelector, 1, 'Selects pods; none if absent.'),
    namespaces: list('string', 2, 'Namespaces of those pods.'),
    topologyKey: one('string', 3, 'Node label whose equal values mean the same place.', { required: true }),
    namespaceSelector: one(LabelSelector, 4, 'Namespaces of those pods, by label.'),
    matchLabelKeys: list('string', 5, "Pod label keys whose values must equal the incoming pod's."),
    mismatchLabelKeys: list('string', 6, "Pod label keys whose values must differ from the incoming pod's."),
  },
);
export interface PodAffinityTerm extends Infer<typeof PodAffinityTerm> {}

export const WeightedPodAffinityTerm = message(
  'io.k8s.api.core.v1.WeightedPodAffinityTerm',
  'A pod affinity term with a weight.',
  {
    weight: one('int32', 1, 'From 1 to 100.', { required: true }),
    podAffinityTerm: one(PodAffinityTerm, 2, 'The term.', { required: true }),
  },
);
export interface WeightedPodAffinityTerm extends Infer<typeof WeightedPodAffinityTerm> {}

export const PodAffinity = message('io.k8s.api.core.v1.PodAffinity', 'Pods near which a pod is placed.', {
  requiredDuringSchedulingIgnoredDuringExecution: list(
    PodAffinityTerm,
    1,
    'Must hold for the pod to be scheduled.',
  ),
  preferredDuringSchedulingIgnoredDuringExecution: list(
    WeightedPodAffinityTerm,
    2,
    'Nodes with the greatest sum of weights come first.',
  ),
});
export interface PodAffinity extends Infer<typeof PodAffinity> {}

export const PodAntiAffinity = message(
  'io.k8s.api.core.v1.PodAntiAffinity',
  'Pods away from which a pod is placed.',
  {
    requiredDuringSchedulingIgnoredDuringExecution: list(
      PodAffinityTerm,
      1,
      'Must hold for the pod to be scheduled.',
    ),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      WeightedPodAffinityTerm,
      2,
      'Nodes with the greatest sum of weights come last.',
    ),
  },
);
export interface PodAntiAffinity extends Infer<typeof PodAntiAffinity> {}

export const Affinity = message('io.k8s.api.core.v1.Affinity', 'All constraints on where a pod is placed.', {
  nodeAffinity: one(NodeAffinity, 1, 'By nodes.'),
  podAffinity: one(PodAffinity, 2, 'Near other pods.'),
  podAntiAffinity: one(PodAntiAffinity, 3, 'Away from other pods.'),
});
export interface Affinity extends Infer<typeof Affinity> {}
