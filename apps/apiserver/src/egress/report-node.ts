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
  const reportedAtMs = new Map<string, number>();
  return (node, reason, message) => {
    const key = `${node.metadata.uid}\n${reason}`;
    const nowMs = clock.now().getTime();
    if (nowMs - (reportedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < MIN_DISTANCE_MS) return;
    for (const [each, atMs] of reportedAtMs) if (nowMs - atMs >= MIN_DISTANCE_MS) reportedAtMs.delete(each);
    reportedAtMs.set(key, nowMs);
    createObject(resources.of(events), 'default', eventOf(node, reason, message, clock), ownWrite).catch(
      (error) => logger.warn({ error, node: node.metadata.name }, 'could not report a node'),
    );
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
