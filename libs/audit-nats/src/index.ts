export { AUDIT, EVENTS, type EventStream } from './event-stream.ts';
export { JetStreamPublisher, type JetStreamPublisherOptions } from './jetstream-publisher.ts';
export { type NatsConfigurationInput, natsConfiguration } from './nats-configuration.ts';
export type { NatsOptions } from './nats-connection.ts';
export { type NatsTarget, natsFlags, natsTarget } from './nats-flags.ts';
export {
  AUDIT_READER_CLIENT,
  CONTROLLER_MANAGER_CLIENT,
  EVENTS_READER_CLIENT,
  KONNECTIVITY_SERVER_CLIENT,
  kubeletClient,
  PUBLISHER_CLIENT,
} from './subject-permissions.ts';
export { type StreamMessage, type TailStreamOptions, tailStream } from './tail-stream.ts';
