import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { formatLabelSelector } from '../../selectors/format-label-selector.ts';
import { age } from '../columns.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const IPBlock = message('io.k8s.api.networking.v1.IPBlock', 'A range of addresses.', {
  cidr: one('string', 1, 'The range.', { required: true }),
  except: list('string', 2, 'Ranges within it that are not meant.'),
});
export interface IPBlock extends Infer<typeof IPBlock> {}

export const NetworkPolicyPeer = message(
  'io.k8s.api.networking.v1.NetworkPolicyPeer',
  'Who is at the other end: pods, by labels, or addresses.',
  {
    podSelector: one(LabelSelector, 1, 'Labels of pods.'),
    namespaceSelector: one(LabelSelector, 2, 'Labels of the namespaces of pods.'),
    ipBlock: one(IPBlock, 3, 'Addresses.'),
  },
);
export interface NetworkPolicyPeer extends Infer<typeof NetworkPolicyPeer> {}

export const NetworkPolicyPort = message(
  'io.k8s.api.networking.v1.NetworkPolicyPort',
  'Ports that are allowed.',
  {
    protocol: one('string', 1, 'Their protocol.', {
      keepsZero: true,
      default: 'TCP',
      enum: ['TCP', 'UDP', 'SCTP'],
    }),
    port: one('intOrString', 2, 'The port, by number or name; all if absent.', { keepsZero: true }),
    endPort: one('int32', 3, 'The last port of a range.', { keepsZero: true }),
  },
);
export interface NetworkPolicyPort extends Infer<typeof NetworkPolicyPort> {}

export const NetworkPolicyIngressRule = message(
  'io.k8s.api.networking.v1.NetworkPolicyIngressRule',
  'What may come in.',
  {
    ports: list(NetworkPolicyPort, 1, 'To which ports; all if absent.'),
    from: list(NetworkPolicyPeer, 2, 'From whom; anyone if absent.'),
  },
);
export interface NetworkPolicyIngressRule extends Infer<typeof NetworkPolicyIngressRule> {}

export const NetworkPolicyEgressRule = message(
  'io.k8s.api.networking.v1.NetworkPolicyEgressRule',
  'What may go out.',
  {
    ports: list(NetworkPolicyPort, 1, 'To which ports; all if absent.'),
    to: list(NetworkPolicyPeer, 2, 'To whom; anyone if absent.'),
  },
);
export interface NetworkPolicyEgressRule extends Infer<typeof NetworkPolicyEgressRule> {}

export const NetworkPolicySpec = message(
  'io.k8s.api.networking.v1.NetworkPolicySpec',
  'What traffic may pass.',
  {
    podSelector: one(LabelSelector, 1, 'The pods that are meant; all of the namespace if empty.', {
      required: true,
      inOpenApi: 'optional',
    }),
    ingress: list(NetworkPolicyIngressRule, 2, 'What may come in.'),
    egress: list(NetworkPolicyEgressRule, 3, 'What may go out.'),
    policyTypes: list('string', 4, 'Whether this is about Ingress, Egress or both.', {
      enum: ['Ingress', 'Egress'],
    }),
  },
);
export interface NetworkPolicySpec extends Infer<typeof NetworkPolicySpec> {}

export const NetworkPolicySchema = message(
  'io.k8s.api.networking.v1.NetworkPolicy',
  'Says what traffic may reach and leave pods.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(NetworkPolicySpec, 2, 'What traffic may pass.', { required: true, inOpenApi: 'optional' }),
  },
);
export interface NetworkPolicy extends KindObject<typeof NetworkPolicySchema> {}

export const networkPolicies = kind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  schema: NetworkPolicySchema,
  columns: [
    {
      name: 'Pod-Selector',
      type: 'string',
      description: 'Labels of the pods that are meant.',
      value: ({ spec }) => formatLabelSelector(spec.podSelector),
    },
    age,
  ],
});
