import type { ServerResponse } from 'node:http';
import { ApiError, type Kind, methodNotSupported, statusOf, type TypeMeta } from '@hawser/api';
import { isTrue, parseInt64 } from '@hawser/http';
import {
  type AnyObject,
  columnDefinitions,
  type Entry,
  partialMetadata,
  type Resource,
  table,
  type WatchEvent,
  type WatchRequest,
  watchObjects,
} from '@hawser/registry';
import { every } from '@hawser/runtime';
import type { Hub } from '../hub.ts';
import type { StreamingAnswer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { EventStream } from './event-stream.ts';
import { negotiateStream, type Representation } from './negotiate.ts';
import { selectionOf } from './selection-of.ts';
import { versionOptionsOf } from './version-options.ts';
import { viewOfEntry } from './view.ts';
import { sharedFrame, type WatchFrame, watchFrame } from './watch-frame.ts';

const BOOKMARK_INTERVAL_MS = 60_000;
/** About how large a bookmark is, where it has to wait. */
const BOOKMARK_BYTES = 256;

/** GET of a collection with `watch`: events until the client goes or the time is up. @throws ApiError MethodNotAllowed */
export async function handleWatch(
  resource: Resource,
  context: RequestContext,
  { metrics, clock, minRequestTimeoutMs }: Pick<Hub, 'metrics' | 'clock' | 'minRequestTimeoutMs'>,
): Promise<StreamingAnswer> {
  const { query, namespace } = context.info;
  parseInt64(query.get('limit') ?? '');
  const durationMs = durationOf(query.get('timeoutSeconds') ?? '', minRequestTimeoutMs);
  // The answer to a HEAD has no body: events would be taken for the head of the connection's next answer.
  if (context.request.method !== 'GET') throw methodNotSupported();
  const representation = negotiateStream(context.request);
  const request = {
    namespace,
    selection: selectionOf(resource.kind, context.info),
    ...versionOptionsOf(query),
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
  };
  const prepared = prepare(resource, request);
  return {
    async stream(response: ServerResponse) {
      const { encoding } = representation;
      const stream = new EventStream(response, encoding.events!.mediaType);
      if ('expired' in prepared) {
        const status = encoding.object(statusOf(prepared.expired));
        stream.send(() => watchFrame(encoding, 'ERROR', status), status.length);
        stream.end();
        return;
      }
      const encoder = new EventEncoder(resource.kind, context, representation);
      const bookmark = (revision: number, initialEventsEnd: boolean) =>
        stream.send(() => encoder.bookmark(revision, initialEventsEnd), BOOKMARK_BYTES);
      using _watching = prepared.start({
        event: (event) => stream.send(() => encoder.event(event), event.entry.json.length),
        bookmark,
        failed: () => stream.cutOff(),
      });
      stream.initialEventsEnd();
      using _bookmarks = request.allowWatchBookmarks
        ? every(clock, BOOKMARK_INTERVAL_MS, () => bookmark(resource.cacher.revision, false))
        : undefined;
      metrics.watchers.inc({ resource: resource.kind.plural });
      await stream.ended(context.signal, durationMs, clock);
      metrics.watchers.dec({ resource: resource.kind.plural });
      stream.end();
    },
  };
}

/** A watcher that comes too late is told so inside the stream, as by upstream; other refusals are answers. */
function prepare(
  resource: Resource,
  request: WatchRequest,
): { start: ReturnType<typeof watchObjects> } | { expired: ApiError } {
  try {
    return { start: watchObjects(resource, request) };
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'Expired') return { expired: error };
    throw error;
  }
}

/** A watch ends after a while, so that clients spread over servers: what is asked, or once to twice the least. */
function durationOf(timeoutSeconds: string, minimumMs: number): number {
  const asked = parseInt64(timeoutSeconds);
  return asked !== 0 ? asked * 1000 : minimumMs * (1 + Math.random());
}

/** Turns events into frames, in the form that the watcher asked for. */
class EventEncoder {
  readonly #kind: Kind;
  readonly #context: RequestContext;
  readonly #representation: Representation;
  #headSent = false;

  constructor(kind: Kind, context: RequestContext, representation: Representation) {
    this.#kind = kind;
    this.#context = context;
    this.#representation = representation;
  }

  event({ type, entry, shared }: WatchEvent): WatchFrame {
    const { encoding, view } = this.#representation;
    if (view !== undefined) return this.#frame(type, this.#view(entry));
    return shared === undefined
      ? watchFrame(encoding, type, encoding.entry(this.#kind, entry))
      : sharedFrame(encoding, this.#kind, shared);
  }

  /** An object with nothing but a place in the log, as a Table a row without cells. */
  bookmark(revision: number, initialEventsEnd: boolean): WatchFrame {
    const { kind, apiVersion } = this.#kind;
    const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations };
    const object = { kind, apiVersion, metadata } as unknown as AnyObject;
    return this.#frame('BOOKMARK', this.#bookmarkView({ object, revision }));
  }

  #frame(type: string, object: TypeMeta): WatchFrame {
    const { encoding } = this.#representation;
    return watchFrame(encoding, type, encoding.object(object));
  }

  #bookmarkView(bookmark: Pick<Entry, 'object' | 'revision'>): TypeMeta {
    const { view } = this.#representation;
    if (view === undefined) return bookmark.object;
    if (view.kind !== 'Table') return this.#view(bookmark);
    const row = { cells: [], object: partialMetadata(bookmark.object, view.apiVersion) };
    const metadata = { resourceVersion: String(bookmark.revision) };
    return table(this.#definitions(), [row], metadata, view.apiVersion);
  }

  #view(entry: Pick<Entry, 'object' | 'revision'>): TypeMeta {
    const view = this.#representation.view!;
    const definitions = view.kind === 'Table' ? this.#definitions() : [];
    return viewOfEntry(this.#context, this.#kind, entry, view, definitions);
  }

  /** Only the first Table of a watch says what its columns are. */
  #definitions(): object[] {
    if (this.#headSent) return [];
    this.#headSent = true;
    return columnDefinitions(this.#kind);
  }
}
