import type { Event } from '../core/event.ts';
import type { EventsV1Event } from './events-v1-event.ts';

/** An `events.k8s.io/v1` Event as the core API names its fields. */
export function coreEventOf(event: EventsV1Event): Event {
  const {
    regarding = {},
    note,
    reportingController,
    reportingInstance,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...same
  } = event;
  return withoutAbsent({
    ...same,
    apiVersion: 'v1',
    involvedObject: regarding,
    message: note,
    // The core API shows these two even when empty; events.k8s.io does not.
    reportingComponent: reportingController ?? '',
    reportingInstance: reportingInstance ?? '',
    source: deprecatedSource,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
  });
}

/** A core Event as `events.k8s.io/v1` names its fields. */
export function eventsV1EventOf(event: Event): EventsV1Event {
  const {
    involvedObject,
    message,
    reportingComponent,
    reportingInstance,
    source,
    firstTimestamp,
    lastTimestamp,
    count,
    series,
    ...same
  } = event;
  return withoutAbsent({
    ...same,
    apiVersion: 'events.k8s.io/v1',
    series: series && { count: series.count ?? 0, lastObservedTime: series.lastObservedTime ?? '' },
    regarding: involvedObject,
    note: message,
    reportingController: reportingComponent || undefined,
    reportingInstance: reportingInstance || undefined,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  });
}

function withoutAbsent<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
