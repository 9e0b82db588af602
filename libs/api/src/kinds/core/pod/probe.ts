import { type Infer, inline, message, one } from '../../../schema/fields.ts';
import { ExecAction, GRPCAction, HTTPGetAction, TCPSocketAction } from './handlers.ts';

export const ProbeHandler = message(
  'io.k8s.api.core.v1.ProbeHandler',
  'How a probe looks; exactly one field is set.',
  {
    exec: one(ExecAction, 1, 'By a command.'),
    httpGet: one(HTTPGetAction, 2, 'By an HTTP request.'),
    tcpSocket: one(TCPSocketAction, 3, 'By a TCP connection.'),
    grpc: one(GRPCAction, 4, 'By the gRPC health service.'),
  },
);
export interface ProbeHandler extends Infer<typeof ProbeHandler> {}

export const Probe = message('io.k8s.api.core.v1.Probe', 'A check that the kubelet repeats on a container.', {
  handler: inline(ProbeHandler, 1),
  initialDelaySeconds: one('int32', 2, "Seconds from the container's start to the first try."),
  timeoutSeconds: one('int32', 3, 'Seconds after which a try has failed.', { default: 1 }),
  periodSeconds: one('int32', 4, 'Seconds between tries.', { default: 10 }),
  successThreshold: one('int32', 5, 'Successes in a row that make a failed probe succeed.', { default: 1 }),
  failureThreshold: one('int32', 6, 'Failures in a row that make the probe fail.', { default: 3 }),
  terminationGracePeriodSeconds: one(
    'int64',
    7,
    "Grace for a container that the probe kills, in place of the pod's.",
    { keepsZero: true },
  ),
});
export interface Probe extends Infer<typeof Probe> {}
