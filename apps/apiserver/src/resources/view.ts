import { ApiError, type Kind, type TypeMeta } from '@hawser/api';
import {
  type AnyObject,
  columnDefinitions,
  type Entry,
  type IncludeObject,
  partialMetadata,
  table,
  tableRows,
} from '@hawser/registry';
import type { RequestContext } from '../pipeline/request-context.ts';
import type { View } from './negotiate.ts';

/** How much of each object a Table carries along (`?includeObject=`). */
function includeOf({ info }: RequestContext): IncludeObject {
  const asked = info.query.get('includeObject');
  return asked === 'None' || asked === 'Object' ? asked : 'Metadata';
}

/** Whether what a verb answers with can be seen so. A watch shows its objects one by one, whatever view was asked for. */
export function checkView(kind: Kind, verb: string, view: View | undefined): void {
  const isList = verb === 'list' || verb === 'deletecollection';
  const wantsList = view?.kind === 'PartialObjectMetadataList';
  if (view === undefined || view.kind === 'Table' || verb === 'watch' || isList === wantsList) return;
  // Upstream names its internal type.
  const { group, kind: name } = kind.storedAs?.kind ?? kind;
  const type = `*${group.split('.')[0] || 'core'}.${name}${isList ? 'List' : ''}`;
  throw new ApiError(
    'NotAcceptable',
    `you requested ${view.kind}, but the requested object is ${isList ? 'a list' : 'not a list'} (${type})`,
  );
}

/** One object as a client wants to see it. @param definitions a Table's columns; none where it has said them. */
export function viewOfEntry(
  context: RequestContext,
  kind: Kind,
  { object, revision }: Pick<Entry, 'object' | 'revision'>,
  view: View,
  definitions: readonly object[] = columnDefinitions(kind),
): TypeMeta {
  const { apiVersion } = view;
  if (view.kind !== 'Table') return partialMetadata(object, apiVersion);
  const rows = tableRows(kind, [object], includeOf(context), new Date(), apiVersion);
  return table(definitions, rows, { resourceVersion: String(revision) }, apiVersion);
}

/** The same of a list. */
export function viewOfList(
  context: RequestContext,
  kind: Kind,
  objects: readonly AnyObject[],
  metadata: Record<string, unknown>,
  { kind: view, apiVersion }: View,
): TypeMeta {
  if (view === 'Table') {
    const rows = tableRows(kind, objects, includeOf(context), new Date(), apiVersion);
    return table(columnDefinitions(kind), rows, metadata, apiVersion);
  }
  const items = objects.map((object) => partialMetadata(object, apiVersion));
  return { kind: 'PartialObjectMetadataList', apiVersion, metadata, items } as TypeMeta;
}
