import type { ServerResponse } from 'node:http';
import { ApiError, type Kind, methodNotSupported, statusOf } from '@hawser/api';
import { isTrue } from '@hawser/http';
import {
  columnDefinitions,
  type Entry,
  partialMetadata,
  type Resource,
  table,
  tableRows,
  type WatchEvent,
  type WatchRequest,
  watchObjects,
} from '@hawser/registry';
import type { HubMetrics } from '../health/hub-metrics.ts';
import type { StreamingAnswer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { EventStream } from './event-stream.ts';
import { negotiate, type Representation } from './negotiate.ts';
import { includeOf } from './render.ts';
import { selectionOf } from './selection-of.ts';
import { sharedFrame, type WatchFrame, watchFrame } from './watch-frame.ts';

/** A watch ends after a while, so that clients spread over servers; upstream picks 30 to 60 minutes. */
const MIN_WATCH_MS = 30 * 60_000;
const BOOKMARK_INTERVAL_MS = 60_000;
/** About how large a bookmark is, where it has to wait. */
const BOOKMARK_BYTES = 256;

/** GET of a collection with `watch`: events until the client goes or the time is up. @throws ApiError MethodNotAllowed */
export async function handleWatch(
  resource: Resource,
  context: RequestContext,
  metrics: HubMetrics,
): Promise<StreamingAnswer> {
  const { query, namespace } = context.info;
  // The answer to a HEAD has no body: events would be taken for the head of the connection's next answer.
  if (context.request.method !== 'GET') throw methodNotSupported(resource.kind, 'watch');
  const representation = negotiate(context.request.headers.accept);
  const sendInitialEvents = query.get('sendInitialEvents');
  const request = {
    namespace,
    selection: selectionOf(resource.kind, query),
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    sendInitialEvents: sendInitialEvents === null ? undefined : isTrue(sendInitialEvents),
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
  };
  const prepared = prepare(resource, request);
  return {
    async stream(response: ServerResponse) {
      const stream = new EventStream(response);
      if ('expired' in prepared) {
        const status = Buffer.from(JSON.stringify(statusOf(prepared.expired)));
        stream.send(() => watchFrame('ERROR', status), status.length);
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
      const bookmarks = request.allowWatchBookmarks
        ? setInterval(() => bookmark(resource.cacher.revision, false), BOOKMARK_INTERVAL_MS)
        : undefined;
      metrics.watchers.inc({ resource: resource.kind.plural });
      await stream.ended(context.signal, durationOf(query.get('timeoutSeconds')));
      metrics.watchers.dec({ resource: resource.kind.plural });
      clearInterval(bookmarks);
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

function durationOf(timeoutSeconds: string | null): number {
  const asked = Number(timeoutSeconds ?? '0');
  return asked > 0 ? asked * 1000 : MIN_WATCH_MS * (1 + Math.random());
}

/** Turns events into frames, in the form that the watcher asked for. */
class EventEncoder {
  readonly #kind: Kind;
  readonly #context: RequestContext;
  readonly #as: Representation['as'];
  #headSent = false;

  constructor(kind: Kind, context: RequestContext, { as }: Representation) {
    this.#kind = kind;
    this.#context = context;
    this.#as = as;
  }

  event({ type, entry, shared }: WatchEvent): WatchFrame {
    if (this.#as === 'Object')
      return shared === undefined ? watchFrame(type, entry.json) : sharedFrame(shared);
    return watchFrame(type, Buffer.from(JSON.stringify(this.#view(entry))));
  }

  bookmark(revision: number, initialEventsEnd: boolean): WatchFrame {
    const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations };
    const bare = { kind: this.#kind.kind, apiVersion: this.#kind.apiVersion, metadata };
    const object =
      this.#as === 'Table'
        ? table(this.#definitions(), [{ cells: [], object: partialMetadata(bare as never) }], {
            resourceVersion: String(revision),
          })
        : this.#as === 'Object'
          ? bare
          : partialMetadata(bare as never);
    return watchFrame('BOOKMARK', Buffer.from(JSON.stringify(object)));
  }

  #view({ object, revision }: Entry): object {
    if (this.#as === 'PartialObjectMetadata') return partialMetadata(object);
    const rows = tableRows(this.#kind, [object], includeOf(this.#context), new Date());
    return table(this.#definitions(), rows, { resourceVersion: String(revision) });
  }

  /** Only the first Table of a watch says what its columns are. */
  #definitions(): object[] {
    if (this.#headSent) return [];
    this.#headSent = true;
    return columnDefinitions(this.#kind);
  }
}
