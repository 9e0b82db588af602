import { type Infer, list, message, one } from '../../../schema/fields.ts';

export const ExecAction = message(
  'io.k8s.api.core.v1.ExecAction',
  'Runs a command in the container; exit code 0 is success.',
  {
    command: list('string', 1, 'The command and its arguments; no shell is involved.'),
  },
);
export interface ExecAction extends Infer<typeof ExecAction> {}

export const HTTPHeader = message('io.k8s.api.core.v1.HTTPHeader', 'A header of a request.', {
  name: one('string', 1, 'Name of the header.', { required: true }),
  value: one('string', 2, 'Value of the header.', { keepsZero: true, pointer: false, inOpenApi: 'required' }),
});
export interface HTTPHeader extends Infer<typeof HTTPHeader> {}

export const HTTPGetAction = message(
  'io.k8s.api.core.v1.HTTPGetAction',
  'Sends a GET; a status from 200 to 399 is success.',
  {
    path: one('string', 1, 'Path to ask for.', { default: '/' }),
    port: one('intOrString', 2, 'Number or name of the port.', { required: true }),
    host: one('string', 3, "Host to connect to; the pod's address if absent."),
    scheme: one('string', 4, 'HTTP, or HTTPS without verifying the certificate.', {
      default: 'HTTP',
      enum: ['HTTP', 'HTTPS'],
    }),
    httpHeaders: list(HTTPHeader, 5, 'Headers to send.'),
  },
);
export interface HTTPGetAction extends Infer<typeof HTTPGetAction> {}

export const TCPSocketAction = message(
  'io.k8s.api.core.v1.TCPSocketAction',
  'Opens a connection; that it opens is success.',
  {
    port: one('intOrString', 1, 'Number or name of the port.', { required: true }),
    host: one('string', 2, "Host to connect to; the pod's address if absent."),
  },
);
export interface TCPSocketAction extends Infer<typeof TCPSocketAction> {}

export const GRPCAction = message('io.k8s.api.core.v1.GRPCAction', 'Calls the gRPC health service.', {
  port: one('int32', 1, 'Number of the port.', { required: true }),
  service: one('string', 2, 'Service to ask after.', { keepsZero: true, default: '' }),
});
export interface GRPCAction extends Infer<typeof GRPCAction> {}

export const SleepAction = message('io.k8s.api.core.v1.SleepAction', 'Waits.', {
  seconds: one('int64', 1, 'How long.', { keepsZero: true, pointer: false, inOpenApi: 'required' }),
});
export interface SleepAction extends Infer<typeof SleepAction> {}
