/** Labels by which administrators keep workloads apart: not a node's to choose. */
const RESTRICTED_DOMAIN = 'node-restriction.kubernetes.io';
/** The labels in Kubernetes' own namespaces that a kubelet sets on its Node (k8s.io/kubelet/pkg/apis). */
const KUBELET_LABELS = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
]);
const KUBELET_LABEL_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

type Texts = Readonly<Record<string, string>>;

/** Keys that were added, taken away or given another value, in order. */
export function changedKeys(is: Texts = {}, was: Texts = {}): readonly string[] {
  return [...new Set([...Object.keys(is), ...Object.keys(was)])].filter((key) => is[key] !== was[key]).sort();
}

/** Whether a node must not set, change or remove a label of its Node (noderestriction's getForbiddenLabels). */
export function isForbiddenLabel(key: string): boolean {
  return isWithin(key, RESTRICTED_DOMAIN) || (isKubernetesLabel(key) && !isKubeletLabel(key));
}

/** Roles of nodes and the like, by which others decide what a node is good for. */
function isKubernetesLabel(key: string): boolean {
  return isWithin(key, 'kubernetes.io') || isWithin(key, 'k8s.io');
}

function isKubeletLabel(key: string): boolean {
  return KUBELET_LABELS.has(key) || KUBELET_LABEL_DOMAINS.some((domain) => isWithin(key, domain));
}

/** Whether a label's prefix is a domain or lies under it. */
function isWithin(key: string, domain: string): boolean {
  const prefix = key.slice(0, Math.max(0, key.indexOf('/')));
  return prefix === domain || prefix.endsWith(`.${domain}`);
}
