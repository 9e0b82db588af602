import type { CloudEvent } from '@hawser/audit';
import { EVENTS, EVENTS_READER_CLIENT } from '@hawser/audit-nats';
import { homeLayout } from '@hawser/config';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { tailCommand } from './tail-command.ts';

/** `hawser events tail`: what happens in services as it happens, until interrupted. */
export function eventsTailCommand(context: CommandContext): Command {
  return tailCommand(context, {
    description: 'print events as they happen',
    stream: EVENTS,
    subjectForm: 'hawser.SERVICE.KIND.WHAT',
    reader: EVENTS_READER_CLIENT,
    files: homeLayout(context.environment.home).natsPki.eventsReader,
    lineOf: (body) => printCloudEvent(JSON.parse(body) as CloudEvent),
  });
}

const TYPE_PREFIX = 'dev.hawser.';

/** One line of an event: when, what, to what, and everything that it says of that. */
function printCloudEvent({ time, type, subject = '-', data }: CloudEvent): string {
  const what = type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : type;
  return `${time} ${what} ${subject} ${JSON.stringify(data)}`;
}
