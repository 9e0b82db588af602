import { type Event, events, formatTime, type Node } from '@hawser/api';
import type { Logger } from '@hawser/observability';
import { type AnyObject, createObject } from '@hawser/registry';
import type { Clock } from '@hawser/runtime';
import { ownWrite } from '../bootstrap/own-write.ts';
import type { Resources } from '../hub.ts';

/** Says something about a node by an Event, in the background. */
export type ReportNode = (node: Node, reason: string, message: string) => void;

/** A node that shows another key each time must not fill the store. */
const MIN_DISTANCE_MS = 60_000;

/** @returns a function that writes Events of type Warning; of each node and reason at most one a minute. */
export function nodeReporter(resources: Resources, clock: Clock, logger: Logger): ReportNode {
  const isDue = atMostOnceIn(MIN_DISTANCE_MS, clock);
  return (node, reason, message) => {
    if (!isDue(`${node.metadata.uid}\n${reason}`)) return;
    createObject(resources.of(events), 'default', eventOf(node, reason, message, clock), ownWrite).catch(
      (error) => logger.warn({ error, node: node.metadata.name }, 'could not report a node'),
    );
  };
}

/** Whether something is to be done that is not to be done again for so long; what it is, is forgotten after that. */
export function atMostOnceIn(distanceMs: number, clock: Clock): (what: string) => boolean {
  const doneAtMs = new Map<string, number>();
  return (what) => {
    const nowMs = clock.now().getTime();
    for (const [each, atMs] of doneAtMs) if (nowMs - atMs >= distanceMs) doneAtMs.delete(each);
    if (doneAtMs.has(what)) return false;
    doneAtMs.set(what, nowMs);
    return true;
  };
}

function eventOf({ metadata }: Node, reason: string, message: string, clock: Clock): AnyObject {
  const now = formatTime(clock.now());
  const event: Omit<Event, 'metadata'> & { metadata: object } = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${metadata.name.slice(0, 200)}-` },
    involvedObject: { apiVersion: 'v1', kind: 'Node', name: metadata.name, uid: metadata.uid },
    type: 'Warning',
    reason,
    message: message.slice(0, 1024),
    source: { component: 'apiserver' },
    reportingComponent: 'apiserver',
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
  return event as unknown as AnyObject;
}
