import { isJsonObject } from '../json-object.ts';
import type { AnyMessage, ElementType, Field, FieldOptions, ScalarName } from '../schema/fields.ts';

/**
 * How server-side apply sees a table: what is owned and merged part by part, and what as a whole (upstream makes
 * the same of its OpenAPI: structured-merge-diff, schema).
 */
export type ApplyType = ScalarType | ListType | MapType | typeof DEDUCED;

export interface ScalarType {
  readonly is: 'scalar';
  readonly accepts: 'numeric' | 'string' | 'boolean' | 'untyped';
}

export interface ListType {
  readonly is: 'list';
  readonly atomic: boolean;
  /** Which fields tell items apart, and what each is where an item does not say; none for a set of scalars. */
  readonly keys: readonly { readonly name: string; readonly fallback: unknown }[];
  readonly element: ApplyType;
}

/** A structure, which has fields, or a map, whose keys are free. */
export interface MapType {
  readonly is: 'map';
  readonly atomic: boolean;
  readonly fields: ReadonlyMap<string, ApplyType>;
  /** Undefined where there are no fields but those of the table. */
  readonly element: ApplyType | undefined;
}

/** What no table describes: objects are merged, everything else is taken as it comes. */
export const DEDUCED = { is: 'deduced' } as const;

const ANYTHING: MapType = { is: 'map', atomic: false, fields: new Map(), element: DEDUCED };
const UNTYPED: ScalarType = { is: 'scalar', accepts: 'untyped' };
const STRING: ScalarType = { is: 'scalar', accepts: 'string' };
const NUMERIC: ScalarType = { is: 'scalar', accepts: 'numeric' };
const ATOMIC_LIST: ListType = { is: 'list', atomic: true, keys: [], element: DEDUCED };

const SCALARS: Readonly<Record<ScalarName, ApplyType>> = {
  string: STRING,
  bool: { is: 'scalar', accepts: 'boolean' },
  int32: NUMERIC,
  int64: NUMERIC,
  double: NUMERIC,
  bytes: STRING,
  quantity: UNTYPED,
  intOrString: UNTYPED,
  time: UNTYPED,
  microTime: UNTYPED,
  duration: STRING,
  object: ANYTHING,
  fieldsV1: ANYTHING,
  stringList: { is: 'list', atomic: true, keys: [], element: STRING },
};

const made = new WeakMap<AnyMessage, MapType>();

/** The type of a structure's table; made once and kept. */
export function applyTypeOf(message: AnyMessage): MapType {
  let type = made.get(message);
  if (type === undefined) {
    const fields = new Map<string, ApplyType>();
    type = { is: 'map', atomic: message.atomic === true, fields, element: undefined };
    // Kept before its fields are looked at: a table may contain itself.
    made.set(message, type);
    collect(message, fields);
  }
  return type;
}

/** The type of a whole object: its table, and what it says of itself. */
export function objectTypeOf(message: AnyMessage): MapType {
  const { fields, ...type } = applyTypeOf(message);
  return { ...type, fields: new Map([['apiVersion', STRING], ['kind', STRING], ...fields]) };
}

/** Fields of embedded structures count as the parent's own. */
function collect(message: AnyMessage, into: Map<string, ApplyType>): void {
  for (const [name, field] of Object.entries(message.fields as Record<string, Field>)) {
    if (field.shape === 'inline') collect(field.type as AnyMessage, into);
    else into.set(name, fieldType(field));
  }
}

function fieldType({ shape, type, options }: Field): ApplyType {
  if (shape === 'list') return listType(type, options);
  const element = elementType(type);
  if (shape === 'map') return { is: 'map', atomic: options.atomic === true, fields: new Map(), element };
  return options.atomic === true && element.is === 'map' ? { ...element, atomic: true } : element;
}

function listType(type: ElementType, { listType: marker, mapKeys = [] }: FieldOptions): ListType {
  const keys = mapKeys.map((name) => ({ name, fallback: defaultOf(type, name) }));
  return {
    is: 'list',
    atomic: marker === 'atomic' || (marker === undefined && keys.length === 0),
    keys,
    element: elementType(type),
  };
}

function defaultOf(type: ElementType, name: string): unknown {
  return typeof type === 'string' ? undefined : (type.fields as Record<string, Field>)[name]?.options.default;
}

const elementType = (type: ElementType): ApplyType =>
  typeof type === 'string' ? SCALARS[type] : applyTypeOf(type);

/** The type that a value has, where no table says it. */
export function resolved(type: ApplyType, ...values: readonly unknown[]): Exclude<ApplyType, typeof DEDUCED> {
  if (type.is !== 'deduced') return type;
  if (values.every((value) => value === undefined || isJsonObject(value))) return ANYTHING;
  return values.some(Array.isArray) ? ATOMIC_LIST : UNTYPED;
}

/** Whether it is owned and merged as a whole. */
export function isLeaf(
  type: Exclude<ApplyType, typeof DEDUCED>,
): type is ScalarType | ((ListType | MapType) & { readonly atomic: true }) {
  return type.is === 'scalar' || type.atomic;
}

/** The type of what a structure or map holds under a name; undefined where it can hold nothing there. */
export function typeUnder(type: MapType, name: string): ApplyType | undefined {
  return type.fields.get(name) ?? type.element;
}
