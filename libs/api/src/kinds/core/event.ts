import { type Infer, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { eventColumns } from './event-columns.ts';
import { ObjectReference } from './object-reference.ts';

export const EventSource = message('io.k8s.api.core.v1.EventSource', 'Who reported an event.', {
  component: one('string', 1, 'The component.'),
  host: one('string', 2, 'The node that it ran on.'),
});
export interface EventSource extends Infer<typeof EventSource> {}

export const EventSeries = message('io.k8s.api.core.v1.EventSeries', 'How often an event came again.', {
  count: one('int32', 1, 'Times seen so far.'),
  lastObservedTime: one('microTime', 2, 'When last seen.'),
});
export interface EventSeries extends Infer<typeof EventSeries> {}

export const EventSchema = message('io.k8s.api.core.v1.Event', 'Something that happened to an object.', {
  metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
  involvedObject: one(ObjectReference, 2, 'The object that it happened to.', { required: true }),
  reason: one('string', 3, 'What happened, in one CamelCase word.'),
  message: one('string', 4, 'What happened, in words for people.'),
  source: one(EventSource, 5, 'Who reported it; older clients.', { keepsZero: false }),
  firstTimestamp: one('time', 6, 'When first seen; older clients.'),
  lastTimestamp: one('time', 7, 'When last seen; older clients.'),
  count: one('int32', 8, 'Times seen; older clients.'),
  type: one('string', 9, 'Normal or Warning.'),
  eventTime: one('microTime', 10, 'When first seen.'),
  series: one(EventSeries, 11, 'How often it came again.'),
  action: one('string', 12, 'What was done about it.'),
  related: one(ObjectReference, 13, 'A second object that took part.'),
  reportingComponent: one('string', 14, 'Controller that reported it.', { keepsZero: true, pointer: false }),
  reportingInstance: one('string', 15, 'Instance of that controller.', { keepsZero: true, pointer: false }),
});
export interface Event extends KindObject<typeof EventSchema> {}

export const events = kind({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: EventSchema,
  columns: eventColumns,
  fieldLabels: {
    'involvedObject.kind': (event) => event.involvedObject.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component ?? event.reportingComponent ?? '',
    type: (event) => event.type ?? '',
  },
});
