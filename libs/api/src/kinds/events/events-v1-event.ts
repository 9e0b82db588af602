import { type Infer, message, one } from '../../schema/fields.ts';
import { type Column, type KindObject, kind } from '../../schema/kind.ts';
import { EventSource, events } from '../core/event.ts';
import { eventColumns } from '../core/event-columns.ts';
import { ObjectReference } from '../core/object-reference.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { coreEventOf, eventsV1EventOf } from './event-conversion.ts';

export const EventSeries = message('io.k8s.api.events.v1.EventSeries', 'How often an event came again.', {
  count: one('int32', 1, 'Times seen so far.', { required: true }),
  lastObservedTime: one('microTime', 2, 'When last seen.', { required: true }),
});
export interface EventSeries extends Infer<typeof EventSeries> {}

export const EventsV1EventSchema = message(
  'io.k8s.api.events.v1.Event',
  'Something that happened to an object.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    eventTime: one('microTime', 2, 'When first seen.', { inOpenApi: 'required' }),
    series: one(EventSeries, 3, 'How often it came again.'),
    reportingController: one('string', 4, 'Controller that reported it.'),
    reportingInstance: one('string', 5, 'Instance of that controller.'),
    action: one('string', 6, 'What was done about it.'),
    reason: one('string', 7, 'Why, in one CamelCase word.'),
    regarding: one(ObjectReference, 8, 'The object that it happened to.', { keepsZero: false }),
    related: one(ObjectReference, 9, 'A second object that took part.'),
    note: one('string', 10, 'What happened, in words for people.'),
    type: one('string', 11, 'Normal or Warning.'),
    deprecatedSource: one(EventSource, 12, "Who reported it; the core API's source.", { keepsZero: false }),
    deprecatedFirstTimestamp: one('time', 13, "When first seen; the core API's firstTimestamp."),
    deprecatedLastTimestamp: one('time', 14, "When last seen; the core API's lastTimestamp."),
    deprecatedCount: one('int32', 15, "Times seen; the core API's count."),
  },
);
export interface EventsV1Event extends KindObject<typeof EventsV1EventSchema> {}

const columns = eventColumns.map(
  (column): Column<EventsV1Event> => ({
    ...column,
    value: (event, now) => column.value(coreEventOf(event), now),
  }),
);

/** The same objects as the core API's events, under newer names. */
export const eventsV1Events = kind({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: EventsV1EventSchema,
  storedAs: { kind: events, toStored: coreEventOf, fromStored: eventsV1EventOf },
  columns,
  fieldLabels: {
    'regarding.kind': (event) => event.regarding?.kind ?? '',
    'regarding.namespace': (event) => event.regarding?.namespace ?? '',
    'regarding.name': (event) => event.regarding?.name ?? '',
    'regarding.uid': (event) => event.regarding?.uid ?? '',
    'regarding.apiVersion': (event) => event.regarding?.apiVersion ?? '',
    'regarding.resourceVersion': (event) => event.regarding?.resourceVersion ?? '',
    'regarding.fieldPath': (event) => event.regarding?.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingController: (event) => event.reportingController ?? '',
    type: (event) => event.type ?? '',
  },
});
