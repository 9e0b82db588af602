import { expired } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';
import { type CacheEvent, type Entry, entryAt } from '../cache/kind-cache.ts';
import type { Resource } from '../resource.ts';
import { checkWatchOptions, parseRevision, tooLarge, type VersionOptions } from './list-options.ts';
import type { Selection } from './selection.ts';
import { assertStandingReadable, standingEntries } from './standing.ts';

export interface WatchRequest extends VersionOptions {
  readonly namespace: string;
  readonly selection: Selection;
  readonly allowWatchBookmarks: boolean;
}

/** What a watcher is told. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly entry: Entry;
  /** The event of the cache behind it, where the entry stands as it is: its frame can be shared. */
  readonly shared?: CacheEvent;
}

export interface WatchSink {
  event(event: WatchEvent): void;
  /** Nothing older than the revision is still to come. */
  bookmark(revision: number, initialEventsEnd: boolean): void;
  /** An event could not be told: nothing more comes. */
  failed(error: unknown): void;
}

/**
 * Prepares a watch: refusals come now, events when it is started.
 * @returns a function that tells the sink what stands, where asked for, and then every change, until what it
 * returns is disposed of.
 * @throws ApiError Expired when the position is no longer kept, Timeout when it is not reached yet, Invalid on
 * contradictory options.
 */
export function watchObjects(resource: Resource, request: WatchRequest): (sink: WatchSink) => Disposable {
  checkWatchOptions(request);
  const { cache, cacher } = resource;
  const from = parseRevision(request.resourceVersion);
  if (from > cacher.revision) throw tooLarge(from, cacher.revision);
  const initial = request.sendInitialEvents ?? from === 0;
  if (initial) assertStandingReadable(cache, request);
  else if (from > 0) missedEvents(resource, from);
  return (sink) => {
    const show = (event: CacheEvent) => {
      if (inNamespace(event.entry.object, request.namespace)) tell(resource, event, request.selection, sink);
    };
    if (initial) {
      for (const entry of standingEntries(cache, request))
        if (request.selection.matches(entry.object)) sink.event({ type: 'ADDED', entry });
      if (request.allowWatchBookmarks) sink.bookmark(cacher.revision, true);
    } else if (from > 0) for (const event of missedEvents(resource, from)) show(event);
    return cache.subscribe({ event: show, failed: (error) => sink.failed(error) });
  };
}

function missedEvents({ cache, cacher }: Resource, from: number): readonly CacheEvent[] {
  const missed = cache.eventsAfter(from);
  if (missed === undefined) throw expired(`too old resource version: ${from} (${cacher.revision})`);
  return missed;
}

function inNamespace({ metadata }: AnyObject, namespace: string): boolean {
  return namespace === '' || metadata.namespace === namespace;
}

/** With a selector, an object that comes to match was added for the watcher, and one that ceases to was deleted. */
function tell(resource: Resource, event: CacheEvent, selection: Selection, sink: WatchSink): void {
  if (selection.everything) {
    sink.event({ type: event.type, entry: event.entry, shared: event });
    return;
  }
  const matches = event.type !== 'DELETED' && selection.matches(event.entry.object);
  const matched = event.previous !== undefined && selection.matches(event.previous.object);
  if (matches) sink.event({ type: matched ? 'MODIFIED' : 'ADDED', entry: event.entry });
  else if (matched) sink.event({ type: 'DELETED', entry: lastMatching(resource, event) });
}

/** The state that last matched, at the revision at which it ceased to. */
function lastMatching({ kind }: Resource, event: CacheEvent): Entry {
  return event.type === 'DELETED' ? event.entry : entryAt(kind, event.previous!, event.revision);
}
