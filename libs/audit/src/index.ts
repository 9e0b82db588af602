export type { OutboxRecord } from '@hawser/storage';
export { AuditLog, type AuditLogOptions } from './audit-log.ts';
export { auditedUri } from './audited-uri.ts';
export {
  CLOUD_EVENT_TYPE,
  type CloudEvent,
  CloudEventSource,
  cutText,
  eventRecord,
} from './cloud-event.ts';
export {
  type AuditEvent,
  type AuditedIdentity,
  type AuditUser,
  auditTimestamp,
  auditUser,
  type Level,
  MAX_USER_AGENT,
  type ObjectReference,
  type Stage,
} from './event.ts';
export { LossReport, type LossReportOptions } from './loss-report.ts';
export type { Outbox, PendingRecord } from './outbox.ts';
export { OutboxWriter, type OutboxWriterOptions } from './outbox-writer.ts';
export { type AuditedRequest, AuditPolicy } from './policy.ts';
export { auditSubject } from './subject.ts';
