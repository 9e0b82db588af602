import { badRequest, expired, inconsistentContinue } from '@hawser/api';
import { CompactedError } from '@hawser/storage';
import type { Entry } from '../cache/kind-cache.ts';
import { namespacePrefix } from '../encoding/keys.ts';
import type { Resource } from '../resource.ts';
import { type Continuation, readContinueToken, writeContinueToken } from './continue-token.ts';
import { checkListOptions, parseRevision, tooLarge, type VersionOptions } from './list-options.ts';
import type { Selection } from './selection.ts';
import { standingEntries } from './standing.ts';

export interface ListRequest extends VersionOptions {
  readonly namespace: string;
  readonly selection: Selection;
  /** 0 for no limit. */
  readonly limit: number;
}

export interface ListPage {
  readonly entries: readonly Entry[];
  readonly revision: number;
  readonly continueToken?: string;
  /** Absent with selectors: it is not known then. */
  readonly remainingItemCount?: number;
}

/**
 * Lists objects; pages of one list show one moment.
 * @throws ApiError Expired for a moment no longer kept, Timeout for one not reached, BadRequest.
 */
export async function listObjects(resource: Resource, request: ListRequest): Promise<ListPage> {
  checkListOptions(request);
  if (request.continueToken !== '') return nextPage(resource, request);
  const asked = parseRevision(request.resourceVersion);
  if (asked > resource.cacher.revision) throw tooLarge(asked, resource.cacher.revision);
  const exact =
    request.resourceVersionMatch === 'Exact' ||
    (request.limit > 0 && asked > 0 && request.resourceVersionMatch === '');
  if (exact && asked < resource.cache.version) {
    const entries = await snapshot(resource, request, asked);
    if (entries === undefined) throw expired('The resourceVersion for the provided list is too old.');
    return page(resource, request, asked, entries);
  }
  const revision = exact ? asked : resource.cacher.revision;
  // Whoever is content with any moment gets all of it in one page, as from upstream's cache.
  const limit = request.resourceVersion === '0' ? 0 : request.limit;
  return page(resource, { ...request, limit }, revision, standingEntries(resource.cache, request));
}

async function nextPage(resource: Resource, request: ListRequest): Promise<ListPage> {
  const { kind, cache, cacher } = resource;
  const from = readContinueToken(kind, request.namespace, request.continueToken);
  if (request.resourceVersion !== '' && request.resourceVersion !== '0')
    throw badRequest('specifying resource version is not allowed when using continue');
  if (from.revision > cacher.revision) throw tooLarge(from.revision, cacher.revision);
  // Where nothing of the kind changed since, what stands now is what stood then.
  const standing = from.revision === -1 || cache.version <= from.revision;
  const entries = standing
    ? cache.entries(request.namespace, from.after)
    : await snapshot(resource, request, from.revision, from.after);
  if (entries === undefined) throw inconsistentContinue(writeContinueToken(kind, { ...from, revision: -1 }));
  return page(resource, request, from.revision === -1 ? cacher.revision : from.revision, entries);
}

/** @returns what stood at a moment; undefined where that is no longer kept. */
async function snapshot(
  { kind, cacher, store }: Resource,
  request: ListRequest,
  revision: number,
  after?: Continuation['after'],
): Promise<Entry[] | undefined> {
  const prefix = namespacePrefix(kind, request.namespace);
  try {
    const { values } = await store.list({ prefix, revision, ...(after === undefined ? {} : { after }) });
    return values.map((value) => cacher.unseal(kind, value.key, value.value, value.revision));
  } catch (error) {
    if (error instanceof CompactedError) return undefined;
    throw error;
  }
}

function page(
  { kind }: Resource,
  { selection, limit }: ListRequest,
  revision: number,
  all: readonly Entry[],
): ListPage {
  const selected = selection.everything ? all : all.filter(({ object }) => selection.matches(object));
  if (limit === 0 || selected.length <= limit) return { entries: selected, revision };
  const entries = selected.slice(0, limit);
  return {
    entries,
    revision,
    continueToken: writeContinueToken(kind, { revision, after: entries[entries.length - 1]!.key }),
    ...(selection.everything ? { remainingItemCount: selected.length - limit } : {}),
  };
}
