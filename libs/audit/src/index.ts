export type { OutboxRecord } from '@hawser/storage';
export { AuditLog, type AuditLogOptions } from './audit-log.ts';
export type { AuditEvent, AuditUser, Level, ObjectReference, Stage } from './event.ts';
export type { Outbox, PendingRecord } from './outbox.ts';
export { type AuditedRequest, AuditPolicy } from './policy.ts';
export { auditSubject } from './subject.ts';
