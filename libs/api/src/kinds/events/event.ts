import { type Infer, message, one } from '../../schema/fields.ts';
import type { KindObject } from '../../schema/kind.ts';
import { EventSource } from '../core/event.ts';
import { ObjectReference } from '../core/object-reference.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const EventSeries = message('io.k8s.api.events.v1.EventSeries', 'How often an event came again.', {
  count: one('int32', 1, 'Times seen so far.', { required: true }),
  lastObservedTime: one('microTime', 2, 'When last seen.', { required: true }),
});
export interface EventSeries extends Infer<typeof EventSeries> {}

export const EventSchema = message('io.k8s.api.events.v1.Event', 'Something that happened to an object.', {
  metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
  eventTime: one('microTime', 2, 'When first seen.'),
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
});
export interface Event extends KindObject<typeof EventSchema> {}
