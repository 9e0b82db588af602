import { type Infer, message, one } from '../../../schema/fields.ts';
import { ExecAction, HTTPGetAction, SleepAction, TCPSocketAction } from './handlers.ts';
import { STOP_SIGNALS } from './stop-signals.ts';

export const LifecycleHandler = message(
  'io.k8s.api.core.v1.LifecycleHandler',
  'What a hook does; exactly one field is set.',
  {
    exec: one(ExecAction, 1, 'Runs a command.'),
    httpGet: one(HTTPGetAction, 2, 'Sends an HTTP request.'),
    tcpSocket: one(TCPSocketAction, 3, 'Deprecated; without effect.'),
    sleep: one(SleepAction, 4, 'Waits.'),
  },
);
export interface LifecycleHandler extends Infer<typeof LifecycleHandler> {}

export const Lifecycle = message(
  'io.k8s.api.core.v1.Lifecycle',
  "What happens around a container's start and stop.",
  {
    postStart: one(LifecycleHandler, 1, 'Right after the start; when it fails the container is killed.'),
    preStop: one(LifecycleHandler, 2, 'Before the stop signal; its time is part of the grace period.'),
    stopSignal: one('string', 3, "Signal that stops the container; the image's, or SIGTERM, if absent.", {
      keepsZero: true,
      enum: STOP_SIGNALS,
    }),
  },
);
export interface Lifecycle extends Infer<typeof Lifecycle> {}
