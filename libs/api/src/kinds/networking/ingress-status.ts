import { type Infer, list, message, one } from '../../schema/fields.ts';

export const IngressPortStatus = message(
  'io.k8s.api.networking.v1.IngressPortStatus',
  'State of a port of a load balancer.',
  {
    port: one('int32', 1, 'The port.', { required: true, keepsZero: true }),
    protocol: one('string', 2, 'Its protocol.', { required: true }),
    error: one('string', 3, 'What went wrong with it.', { keepsZero: true }),
  },
);
export interface IngressPortStatus extends Infer<typeof IngressPortStatus> {}

export const IngressLoadBalancerIngress = message(
  'io.k8s.api.networking.v1.IngressLoadBalancerIngress',
  'A point at which traffic comes in.',
  {
    ip: one('string', 1, 'Its address.'),
    hostname: one('string', 2, 'Its host name.'),
    ports: list(IngressPortStatus, 4, 'State of its ports.'),
  },
);
export interface IngressLoadBalancerIngress extends Infer<typeof IngressLoadBalancerIngress> {}

export const IngressLoadBalancerStatus = message(
  'io.k8s.api.networking.v1.IngressLoadBalancerStatus',
  'State of a load balancer.',
  { ingress: list(IngressLoadBalancerIngress, 1, 'The points at which traffic comes in.') },
);
export interface IngressLoadBalancerStatus extends Infer<typeof IngressLoadBalancerStatus> {}

export const IngressStatus = message('io.k8s.api.networking.v1.IngressStatus', 'What was last seen of it.', {
  loadBalancer: one(IngressLoadBalancerStatus, 1, 'State of its load balancer.', { keepsZero: false }),
});
export interface IngressStatus extends Infer<typeof IngressStatus> {}
