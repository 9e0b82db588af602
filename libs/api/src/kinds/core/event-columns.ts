import type { Column } from '../../schema/kind.ts';
import { sinceTimestamp } from '../columns.ts';
import type { Event } from './event.ts';

/** The columns of `kubectl get events`; they stand for all, NAME included (pkg/printers `printEvent`). */
export const eventColumns: readonly Column<Event>[] = [
  { name: 'Last Seen', type: 'string', description: 'Time since it was last seen.', value: lastSeen },
  { name: 'Type', type: 'string', description: 'Normal or Warning.', value: (event) => event.type ?? '' },
  {
    name: 'Reason',
    type: 'string',
    description: 'What happened, in one word.',
    value: (event) => event.reason ?? '',
  },
  { name: 'Object', type: 'string', description: 'The object that it happened to.', value: involved },
  {
    name: 'Subobject',
    type: 'string',
    priority: 1,
    description: 'The part of the object.',
    value: (event) => event.involvedObject.fieldPath ?? '',
  },
  { name: 'Source', type: 'string', priority: 1, description: 'Who reported it.', value: source },
  {
    name: 'Message',
    type: 'string',
    description: 'What happened, in words for people.',
    value: (event) => (event.message ?? '').trim(),
  },
  {
    name: 'First Seen',
    type: 'string',
    priority: 1,
    description: 'Time since it was first seen.',
    value: firstSeen,
  },
  { name: 'Count', type: 'integer', priority: 1, description: 'Times seen.', value: count },
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    priority: 1,
    description: 'Name of the event.',
    value: (event) => event.metadata.name,
  },
];

function firstSeen(event: Event, now: Date): string {
  return sinceTimestamp(event.firstTimestamp ?? event.eventTime, now);
}

function lastSeen(event: Event, now: Date): string {
  if (event.series !== undefined) return sinceTimestamp(event.series.lastObservedTime, now);
  return event.lastTimestamp === undefined ? firstSeen(event, now) : sinceTimestamp(event.lastTimestamp, now);
}

/** Newer clients report single events without a count. */
function count(event: Event): number {
  return event.series === undefined ? event.count || 1 : (event.series.count ?? 0);
}

function involved({ involvedObject }: Event): string {
  const kind = (involvedObject.kind ?? '').toLowerCase();
  return involvedObject.name ? `${kind}/${involvedObject.name}` : kind;
}

function source(event: Event): string {
  const component = event.source?.component || event.reportingComponent || '';
  const instance = event.source?.host || event.reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}
