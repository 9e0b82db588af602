import type { Column, Kind, TypeMeta } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';

/** `meta.k8s.io` Tables, whose versions differ in name alone: what `kubectl get` prints (apiserver/pkg/registry/rest/table.go). */

const META_VERSION = 'meta.k8s.io/v1';

const NAME: Column<AnyObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object.',
  value: ({ metadata }) => metadata.name,
};

const AGE_ONLY: Column<AnyObject> = {
  name: 'Created At',
  type: 'date',
  description: 'When the object was created.',
  value: ({ metadata }) => metadata.creationTimestamp ?? '',
};

function columnsOf(kind: Kind): readonly Column<AnyObject>[] {
  const own = kind.columns as unknown as readonly Column<AnyObject>[];
  if (own.length === 0) return [NAME, AGE_ONLY];
  return own.some((column) => column.name === 'Name') ? own : [NAME, ...own];
}

/** How much of each object goes along with its row. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

/** The head of a Table: later events of a watch leave it out. */
export function columnDefinitions(kind: Kind): object[] {
  return columnsOf(kind).map(({ name, type, format = '', description, priority = 0 }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
}

/** Rows for objects, with ages relative to `now`. */
export function tableRows(
  kind: Kind,
  objects: readonly AnyObject[],
  include: IncludeObject,
  now: Date,
  apiVersion = META_VERSION,
): object[] {
  const columns = columnsOf(kind);
  return objects.map((object) => ({
    cells: columns.map((column) => column.value(object, now)),
    object: include === 'None' ? null : include === 'Object' ? object : partialMetadata(object, apiVersion),
  }));
}

/** An object reduced to its metadata. */
export function partialMetadata(
  { metadata }: Pick<AnyObject, 'metadata'>,
  apiVersion = META_VERSION,
): AnyObject {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata };
}

/** A whole Table. */
export function table(
  definitions: readonly object[],
  rows: readonly object[],
  metadata: Record<string, unknown>,
  apiVersion = META_VERSION,
): TypeMeta & Record<string, unknown> {
  return { kind: 'Table', apiVersion, metadata, columnDefinitions: definitions, rows };
}
