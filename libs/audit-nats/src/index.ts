export { AUDIT_STREAM, AUDIT_SUBJECTS } from './audit-stream.ts';
export { JetStreamPublisher, type JetStreamPublisherOptions } from './jetstream-publisher.ts';
export { type NatsConfigurationInput, natsConfiguration } from './nats-configuration.ts';
export type { NatsOptions } from './nats-connection.ts';
export {
  AUDIT_READER_CLIENT,
  kubeletClient,
  PUBLISHER_CLIENT,
} from './subject-permissions.ts';
export { type AuditMessage, type TailAuditOptions, tailAudit } from './tail-audit.ts';
