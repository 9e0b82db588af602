import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeObject } from '../../decode/decode-object.ts';
import { type Event, EventSchema } from '../core/event.ts';
import { coreEventOf, eventsV1EventOf } from './event-conversion.ts';
import { type EventsV1Event, EventsV1EventSchema } from './events-v1-event.ts';

/** Upstream's own objects, every field of them set. */
const golden = (name: string) =>
  JSON.parse(
    readFileSync(join(import.meta.dir, '../../../../../tests/interop/golden', `${name}.json`), 'utf8'),
  );

test('an event of the core API comes back from events.k8s.io as it was', () => {
  const raw = golden('core.v1.Event');
  const event = { ...raw, ...decodeObject(EventSchema, raw, []) } as Event;
  expect(coreEventOf(eventsV1EventOf(event))).toEqual(event);
});

test('an event of events.k8s.io comes back from the core API as it was', () => {
  const raw = golden('events.k8s.io.v1.Event');
  const event = { ...raw, ...decodeObject(EventsV1EventSchema, raw, []) } as EventsV1Event;
  expect(eventsV1EventOf(coreEventOf(event))).toEqual(event);
});
