import type { AuditEvent } from '@hawser/audit';
import { AUDIT, AUDIT_READER_CLIENT } from '@hawser/audit-nats';
import { homeLayout } from '@hawser/config';
import type { Command } from 'commander';
import { printEvent } from '../audit/print-event.ts';
import type { CommandContext } from '../command-context.ts';
import { tailCommand } from './tail-command.ts';

/** `hawser audit tail`: audit events as they happen, until interrupted. */
export function auditTailCommand(context: CommandContext): Command {
  return tailCommand(context, {
    description: 'print audit events as they happen',
    stream: AUDIT,
    subjectForm: 'audit.SERVICE.VERB.GROUP.RESOURCE.NAMESPACE',
    reader: AUDIT_READER_CLIENT,
    files: homeLayout(context.environment.home).natsPki.auditReader,
    lineOf: (body) => printEvent(JSON.parse(body) as AuditEvent),
  });
}
