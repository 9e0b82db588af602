import type { AuditEvent } from '@hawser/audit';
import { AUDIT, AUDIT_READER_CLIENT, tailAudit } from '@hawser/audit-nats';
import { homeLayout, portsFor } from '@hawser/config';
import { Command, Option } from 'commander';
import { printEvent } from '../audit/print-event.ts';
import type { CommandContext } from '../command-context.ts';
import { parseTime } from './option-values.ts';

interface AuditTailFlags {
  subject: string;
  output: 'text' | 'json';
  since?: number;
  natsUrl: string;
  natsCaFile: string;
  natsCertFile: string;
  natsKeyFile: string;
}

/** `hawser audit tail`: audit events as they happen, until interrupted. */
export function auditTailCommand({ environment, clock, print, signal }: CommandContext): Command {
  const { natsPki } = homeLayout(environment.home);
  return new Command('tail')
    .description('print audit events as they happen')
    .option(
      '--subject <subject>',
      'only these: audit.SERVICE.VERB.GROUP.RESOURCE.NAMESPACE, * and > match',
      AUDIT.subjects,
    )
    .addOption(
      new Option('--output <form>', 'one line an event, or the events')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--since <duration>', 'begin that long ago', parseTime)
    .option('--nats-url <url>', 'where nats-server is', `tls://127.0.0.1:${portsFor(environment.port).nats}`)
    .option('--nats-ca-file <file>', "the authority of nats-server's certificate", natsPki.ca.certificate)
    .option('--nats-cert-file <file>', "the reader's certificate", natsPki.auditReader.certificate)
    .option('--nats-key-file <file>', "the reader's key", natsPki.auditReader.key)
    .action(async (flags: AuditTailFlags) => {
      const nats = {
        servers: [flags.natsUrl],
        caFile: flags.natsCaFile,
        certificateFile: flags.natsCertFile,
        keyFile: flags.natsKeyFile,
        clientName: AUDIT_READER_CLIENT,
      };
      const since = flags.since === undefined ? undefined : new Date(clock.now().getTime() - flags.since);
      for await (const { body } of tailAudit({ nats, subject: flags.subject, since }, signal)) {
        print(flags.output === 'json' ? `${body}\n` : printEvent(JSON.parse(body) as AuditEvent));
      }
    });
}
