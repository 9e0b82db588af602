import type { Kind } from '@hawser/api';
import {
  columnDefinitions,
  type Entry,
  type IncludeObject,
  type ListPage,
  partialMetadata,
  table,
  tableRows,
} from '@hawser/registry';
import { stringify } from 'yaml';
import { type Answer, json } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { negotiate, type Representation } from './negotiate.ts';

/** Answers with one object, in the form that the client asked for: as JSON its kept bytes go out. */
export function renderEntry(context: RequestContext, kind: Kind, entry: Entry, code = 200): Answer {
  const representation = negotiate(context.request.headers.accept);
  if (representation.as === 'Object' && representation.encoding === 'json') return json(code, entry.json);
  return encode(code, representation, viewOfEntry(context, kind, entry, representation));
}

/** Answers with an object that is not stored, such as a review. */
export function renderObject(context: RequestContext, object: object, code = 200): Answer {
  const { encoding } = negotiate(context.request.headers.accept);
  return encode(code, { encoding, as: 'Object' }, object);
}

/** Answers with a list; as JSON, the kept bytes of its items. */
export function renderList(context: RequestContext, kind: Kind, page: ListPage): Answer {
  const representation = negotiate(context.request.headers.accept);
  const metadata = listMetadata(page);
  if (representation.as === 'Object' && representation.encoding === 'json')
    return json(200, listBytes(kind, page, metadata));
  const objects = page.entries.map((entry) => entry.object);
  if (representation.as === 'Table') {
    const rows = tableRows(kind, objects, includeOf(context), new Date());
    return encode(200, representation, table(columnDefinitions(kind), rows, metadata));
  }
  const partial = representation.as === 'PartialObjectMetadata';
  const typeMeta = partial
    ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' }
    : { kind: `${kind.kind}List`, apiVersion: kind.apiVersion };
  return encode(200, representation, {
    ...typeMeta,
    metadata,
    items: partial ? objects.map(partialMetadata) : objects,
  });
}

function viewOfEntry(
  context: RequestContext,
  kind: Kind,
  { object, revision }: Entry,
  { as }: Representation,
): object {
  if (as === 'PartialObjectMetadata') return partialMetadata(object);
  if (as === 'Object') return object;
  const rows = tableRows(kind, [object], includeOf(context), new Date());
  return table(columnDefinitions(kind), rows, { resourceVersion: String(revision) });
}

/** How much of each object a Table carries along (`?includeObject=`). */
export function includeOf({ info }: RequestContext): IncludeObject {
  const asked = info.query.get('includeObject');
  return asked === 'None' || asked === 'Object' ? asked : 'Metadata';
}

function listMetadata({ revision, continueToken, remainingItemCount }: ListPage): Record<string, unknown> {
  return {
    resourceVersion: String(revision),
    ...(continueToken === undefined ? {} : { continue: continueToken }),
    ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
  };
}

const COMMA = Buffer.from(',');
const END = Buffer.from(']}');

function listBytes(kind: Kind, { entries }: ListPage, metadata: object): Buffer {
  const head = `{"kind":"${kind.kind}List","apiVersion":"${kind.apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`;
  const parts: Buffer[] = [Buffer.from(head)];
  entries.forEach((entry, i) => {
    if (i > 0) parts.push(COMMA);
    parts.push(entry.json);
  });
  parts.push(END);
  return Buffer.concat(parts);
}

function encode(code: number, { encoding }: Representation, value: object): Answer {
  if (encoding === 'yaml')
    return { code, type: 'application/yaml', body: stringify(value, { aliasDuplicateObjects: false }) };
  return json(code, JSON.stringify(value));
}
