import {
  ApiError,
  badRequest,
  expired,
  type FieldError,
  fieldErrorMessage,
  forbiddenField,
  invalidValue,
} from '@hawser/api';
import { CompactedError } from '@hawser/storage';
import type { Entry } from '../cache/kind-cache.ts';
import { kindPrefix, namespacePrefix } from '../encoding/keys.ts';
import type { Resource } from '../resource.ts';
import type { Selection } from './selection.ts';

export interface ListRequest {
  readonly namespace: string;
  readonly selection: Selection;
  /** 0 for no limit. */
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
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
  checkVersions(request);
  if (request.continueToken !== '') return nextPage(resource, request);
  const asked = parseRevision(request.resourceVersion);
  if (asked > resource.cacher.revision) throw tooLarge(asked, resource.cacher.revision);
  const exact =
    request.resourceVersionMatch === 'Exact' ||
    (request.limit > 0 && asked > 0 && request.resourceVersionMatch === '');
  if (exact && asked < resource.cache.version)
    return page(resource, request, asked, await snapshot(resource, request, asked));
  const revision = exact ? asked : resource.cacher.revision;
  return page(resource, request, revision, resource.cache.entries(request.namespace));
}

async function nextPage(resource: Resource, request: ListRequest): Promise<ListPage> {
  const { revision, after } = readToken(resource, request);
  // Where nothing of the kind changed since, what stands now is what stood then.
  const unchanged = resource.cache.version <= revision;
  const entries = unchanged
    ? resource.cache.entries(request.namespace, after)
    : await snapshot(resource, request, revision, after);
  return page(resource, request, revision, entries);
}

async function snapshot(
  { kind, cacher, store }: Resource,
  request: ListRequest,
  revision: number,
  after?: string,
): Promise<Entry[]> {
  const prefix = namespacePrefix(kind, request.namespace);
  try {
    const { values } = await store.list({ prefix, revision, ...(after === undefined ? {} : { after }) });
    return values.map((value) => cacher.unseal(kind, value.key, value.value, value.revision));
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  }
}

function page(
  { kind }: Resource,
  { selection, limit, namespace }: ListRequest,
  revision: number,
  all: readonly Entry[],
): ListPage {
  const selected = selection.everything ? all : all.filter(({ object }) => selection.matches(object));
  if (limit === 0 || selected.length <= limit) return { entries: selected, revision };
  const entries = selected.slice(0, limit);
  const last = entries[entries.length - 1]!.key;
  return {
    entries,
    revision,
    continueToken: writeToken(revision, last.slice(kindPrefix(kind).length), namespace),
    ...(selection.everything ? { remainingItemCount: selected.length - limit } : {}),
  };
}

/** Upstream's token is opaque; ours carries the moment and the last key shown. */
function writeToken(revision: number, after: string, namespace: string): string {
  return Buffer.from(
    JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after, ns: namespace }),
  ).toString('base64url');
}

function readToken(
  { kind }: Resource,
  { continueToken, namespace }: ListRequest,
): { revision: number; after: string } {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(continueToken, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    const after = kindPrefix(kind) + String(start);
    // The token is the client's to alter: it may move within what the request was authorized for, no further.
    const within = typeof start === 'string' && after.startsWith(namespacePrefix(kind, namespace));
    if (v === 'meta.k8s.io/v1' && typeof rv === 'number' && rv > 0 && within) return { revision: rv, after };
  } catch {
    // Falls through to the refusal below: whatever is wrong with it, it is not one of ours.
  }
  throw badRequest('continue key is not valid: unknown or unparsable continue token');
}

function checkVersions({ resourceVersion, resourceVersionMatch, continueToken }: ListRequest): void {
  const faults: FieldError[] = [];
  if (resourceVersionMatch !== '') {
    if (continueToken !== '')
      faults.push(
        forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'),
      );
    if (resourceVersion === '')
      faults.push(
        forbiddenField(
          'resourceVersionMatch',
          'resourceVersionMatch is forbidden unless resourceVersion is provided',
        ),
      );
    if (resourceVersionMatch !== 'Exact' && resourceVersionMatch !== 'NotOlderThan')
      faults.push(
        invalidValue(
          'resourceVersionMatch',
          resourceVersionMatch,
          'supported values: "Exact", "NotOlderThan"',
        ),
      );
    if (resourceVersionMatch === 'Exact' && resourceVersion === '0')
      faults.push(
        forbiddenField(
          'resourceVersionMatch',
          'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        ),
      );
  }
  if (faults.length > 0)
    throw new ApiError(
      'Invalid',
      `ListOptions.meta.k8s.io "" is invalid: ${faults.map(fieldErrorMessage).join(', ')}`,
    );
  if (continueToken !== '' && resourceVersion !== '' && resourceVersion !== '0')
    throw badRequest('specifying resource version is not allowed when using continue');
}

/** @throws ApiError BadRequest where the text is no resourceVersion. */
export function parseRevision(text: string): number {
  if (text === '') return 0;
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(
      `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

/** A moment that the hub has not seen: the client got it elsewhere, or the hub lost its data. */
export function tooLarge(asked: number, current: number): ApiError {
  return new ApiError('Timeout', `Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
