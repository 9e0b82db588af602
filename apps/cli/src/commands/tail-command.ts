import { type EventStream, tailStream } from '@hawser/audit-nats';
import { homeLayout, type KeyFiles, portsFor } from '@hawser/config';
import { Command, Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { forTerminal } from '../terminal/for-terminal.ts';
import { parseTime } from './option-values.ts';

/** A stream that can be followed, and by whom. */
export interface TailCommandInput {
  readonly description: string;
  readonly stream: EventStream;
  /** What subjects consist of, for the help. */
  readonly subjectForm: string;
  readonly reader: string;
  readonly files: KeyFiles;
  /** One line of an event, without its end. */
  readonly lineOf: (body: string) => string;
}

interface TailFlags {
  subject: string;
  output: 'text' | 'json';
  since?: number;
  natsUrl: string;
  natsCaFile: string;
  natsCertFile: string;
  natsKeyFile: string;
}

/** A command `tail`: events of one stream as they happen, until interrupted. */
export function tailCommand(context: CommandContext, input: TailCommandInput): Command {
  const { environment, clock, print, signal } = context;
  const { description, stream, subjectForm, reader, files, lineOf } = input;
  const { natsPki } = homeLayout(environment.home);
  return new Command('tail')
    .description(description)
    .option('--subject <subject>', `only these: ${subjectForm}, * and > match`, stream.subjects)
    .addOption(
      new Option('--output <form>', 'one line an event, or the events')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--since <duration>', 'begin that long ago', parseTime)
    .option('--nats-url <url>', 'where nats-server is', `tls://127.0.0.1:${portsFor(environment.port).nats}`)
    .option('--nats-ca-file <file>', "the authority of nats-server's certificate", natsPki.ca.bundle)
    .option('--nats-cert-file <file>', "the reader's certificate", files.certificate)
    .option('--nats-key-file <file>', "the reader's key", files.key)
    .action(async (flags: TailFlags) => {
      const nats = {
        servers: [flags.natsUrl],
        caFile: flags.natsCaFile,
        certificateFile: flags.natsCertFile,
        keyFile: flags.natsKeyFile,
        clientName: reader,
      };
      const since = flags.since === undefined ? undefined : new Date(clock.now().getTime() - flags.since);
      for await (const { body } of tailStream({ nats, stream, subject: flags.subject, since }, signal))
        print(`${forTerminal(flags.output === 'json' ? body : lineOf(body))}\n`);
    });
}
