import { type Infer, inline, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { TypedLocalObjectReference } from '../core/object-reference.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { ingressColumns } from './ingress-columns.ts';
import { IngressStatus } from './ingress-status.ts';

export const ServiceBackendPort = message(
  'io.k8s.api.networking.v1.ServiceBackendPort',
  'A port of a Service.',
  {
    name: one('string', 1, 'Its name.'),
    number: one('int32', 2, 'Its number.'),
  },
  { atomic: true },
);
export interface ServiceBackendPort extends Infer<typeof ServiceBackendPort> {}

export const IngressServiceBackend = message(
  'io.k8s.api.networking.v1.IngressServiceBackend',
  'The Service to which traffic goes.',
  {
    name: one('string', 1, 'The Service.', { required: true }),
    port: one(ServiceBackendPort, 2, 'Its port.', { keepsZero: false }),
  },
);
export interface IngressServiceBackend extends Infer<typeof IngressServiceBackend> {}

export const IngressBackend = message('io.k8s.api.networking.v1.IngressBackend', 'Where traffic goes.', {
  service: one(IngressServiceBackend, 4, 'A Service.'),
  resource: one(TypedLocalObjectReference, 3, 'Something else in the namespace.'),
});
export interface IngressBackend extends Infer<typeof IngressBackend> {}

export const HTTPIngressPath = message('io.k8s.api.networking.v1.HTTPIngressPath', 'Where a path leads.', {
  path: one('string', 1, 'The path.'),
  pathType: one('string', 3, 'How it is compared: Exact, Prefix or ImplementationSpecific.', {
    keepsZero: true,
    inOpenApi: 'required',
  }),
  backend: one(IngressBackend, 2, 'Where its traffic goes.', { required: true }),
});
export interface HTTPIngressPath extends Infer<typeof HTTPIngressPath> {}

export const HTTPIngressRuleValue = message(
  'io.k8s.api.networking.v1.HTTPIngressRuleValue',
  'Where the paths of a host lead.',
  { paths: list(HTTPIngressPath, 1, 'The paths.', { required: true }) },
);
export interface HTTPIngressRuleValue extends Infer<typeof HTTPIngressRuleValue> {}

export const IngressRuleValue = message('io.k8s.api.networking.v1.IngressRuleValue', 'What a rule says.', {
  http: one(HTTPIngressRuleValue, 1, 'Where the paths lead.'),
});
export interface IngressRuleValue extends Infer<typeof IngressRuleValue> {}

export const IngressRule = message('io.k8s.api.networking.v1.IngressRule', 'Where traffic for a host goes.', {
  host: one('string', 1, 'The host name, perhaps `*.foo.com`; any if absent.'),
  ingressRuleValue: inline(IngressRuleValue, 2),
});
export interface IngressRule extends Infer<typeof IngressRule> {}

export const IngressTLS = message('io.k8s.api.networking.v1.IngressTLS', 'How hosts are served under TLS.', {
  hosts: list('string', 1, 'The hosts.'),
  secretName: one('string', 2, 'The Secret with certificate and key.'),
});
export interface IngressTLS extends Infer<typeof IngressTLS> {}

export const IngressSpec = message('io.k8s.api.networking.v1.IngressSpec', 'Where traffic goes.', {
  ingressClassName: one('string', 4, 'Who is to serve it.', { keepsZero: true }),
  defaultBackend: one(IngressBackend, 1, 'Where traffic goes for which there is no rule.'),
  tls: list(IngressTLS, 2, 'What is served under TLS.'),
  rules: list(IngressRule, 3, 'Where traffic goes by host and path.'),
});
export interface IngressSpec extends Infer<typeof IngressSpec> {}

export const IngressSchema = message(
  'io.k8s.api.networking.v1.Ingress',
  'Leads HTTP traffic from outside to Services.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(IngressSpec, 2, 'Where traffic goes.', { required: true, inOpenApi: 'optional' }),
    status: one(IngressStatus, 3, 'What was last seen; kept by the system.', { keepsZero: false }),
  },
);
export interface Ingress extends KindObject<typeof IngressSchema> {}

export const ingresses = kind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  namespaced: true,
  schema: IngressSchema,
  subresources: STATUS,
  columns: ingressColumns,
});
