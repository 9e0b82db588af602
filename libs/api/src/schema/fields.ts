/**
 * The vocabulary in which every kind is declared, once. A field says its JSON name (its key in the table),
 * its protobuf number, its type, what it is for, and how lists merge; the TypeScript type, decoding of JSON
 * and protobuf, defaulting, OpenAPI, strategic merge and `kubectl explain` are all derived from it.
 *
 * Field numbers and names are those of upstream's `generated.proto` files; list types and merge keys those of
 * its `+listType`, `+listMapKey` and `patchMergeKey` markers.
 */

/** What each scalar type looks like in JSON, hence in TypeScript. */
export interface ScalarTypes {
  string: string;
  bool: boolean;
  int32: number;
  int64: number;
  double: number;
  /** Base64 text, as in a Secret's `data`. */
  bytes: string;
  /** A resource quantity such as `500m` or `1Gi`. */
  quantity: string;
  intOrString: number | string;
  /** RFC 3339 with seconds. */
  time: string;
  /** RFC 3339 with microseconds. */
  microTime: string;
  /** A Go duration such as `1h30m`. */
  duration: string;
  /** Any JSON object, kept as it came: `runtime.RawExtension`. */
  object: Record<string, unknown>;
  /** The field set of one manager, `metav1.FieldsV1`. */
  fieldsV1: Record<string, unknown>;
  /** A list of strings that protobuf wraps in a message of its own, such as `ExtraValue`. */
  stringList: string[];
}

export type ScalarName = keyof ScalarTypes;

// biome-ignore lint/suspicious/noExplicitAny: the bound of a generic table; every use is narrowed by inference
export type AnyMessage = Message<any>;
export type ElementType = ScalarName | AnyMessage;

/** What a table says of a field beyond its type. */
export interface FieldOptions {
  /** Must be present in a valid object; not optional in the TypeScript type. */
  readonly required?: true;
  /** Whether OpenAPI lists it as required, where upstream's Go tags say other than its validation. */
  readonly inOpenApi?: 'required' | 'optional';
  /**
   * Whether JSON shows the zero value (0, false, '', an empty list): true of what Go holds by pointer, where zero
   * differs from absence, and of what has no `omitempty`. Of a structure, `false` says that Go holds it by value: it
   * is always there, as an empty one where nobody set it. Absent: true of what is required and of structures, else
   * false. `kinds/golden.test.ts` compares it with Go's types.
   */
  readonly keepsZero?: boolean;
  /**
   * Whether Go holds it by pointer: protobuf writes what is held by value even when nobody set it. Absent: true
   * of structures that are neither required nor `keepsZero: false`, and of scalars that keep their zero without
   * being required.
   */
  readonly pointer?: boolean;
  /** Filled in when absent. Defaults that depend on other fields are a strategy's affair. */
  readonly default?: string | number | boolean;
  /** The only values accepted. */
  readonly enum?: readonly string[];
  /** Where upstream reports a list's value outside the enumeration: at the item, unless told. */
  readonly enumFaultsAt?: 'list';
  /** Upstream's `+listType`; `atomic` where absent, `map` where `mapKeys` is given. */
  readonly listType?: 'atomic' | 'set' | 'map';
  /** Upstream's `+listMapKey`s: which fields of an item identify it. */
  readonly mapKeys?: readonly string[];
  /** Strategic merge patch: `patchStrategy: merge`, by this key; the empty string for lists of scalars. */
  readonly mergeKey?: string;
  /** Strategic merge patch: `patchStrategy: replace`, of a structure that is otherwise merged. */
  readonly replaces?: true;
  /** Strategic merge patch: `patchStrategy: retainKeys`. */
  readonly retainKeys?: true;
  /** Upstream's `+mapType=atomic` on a field: replaced whole by server-side apply. */
  readonly atomic?: true;
}

export type FieldShape = 'one' | 'list' | 'map' | 'inline';

export interface Field<
  S extends FieldShape = FieldShape,
  E extends ElementType = ElementType,
  O extends FieldOptions = FieldOptions,
> {
  readonly shape: S;
  readonly type: E;
  /** The protobuf field number; 0 for what JSON alone carries. */
  readonly number: number;
  readonly doc: string;
  readonly options: O;
}

export type Fields = { readonly [jsonName: string]: Field };

/** A structure: a named table of fields. */
export interface Message<F extends Fields = Fields> {
  /** Upstream's OpenAPI v3 schema name, such as `io.k8s.api.core.v1.PodSpec`. */
  readonly name: string;
  readonly doc: string;
  readonly fields: F;
  /** Upstream's `+structType=atomic`: replaced whole by server-side apply wherever it stands. */
  readonly atomic?: true;
}

/** Declares a structure. */
export function message<const F extends Fields>(
  name: string,
  doc: string,
  fields: F,
  options: Pick<Message, 'atomic'> = {},
): Message<F> {
  return { name, doc, fields, ...options };
}

/** A single value. */
export function one<E extends ElementType, const O extends FieldOptions = FieldOptions>(
  type: E,
  number: number,
  doc: string,
  options: O = {} as O,
): Field<'one', E, O> {
  return { shape: 'one', type, number, doc, options };
}

/** A list of values of one type. */
export function list<E extends ElementType, const O extends FieldOptions = FieldOptions>(
  type: E,
  number: number,
  doc: string,
  options: O = {} as O,
): Field<'list', E, O> {
  return { shape: 'list', type, number, doc, options };
}

/** A map from strings to values of one type. */
export function map<E extends ElementType, const O extends FieldOptions = FieldOptions>(
  type: E,
  number: number,
  doc: string,
  options: O = {} as O,
): Field<'map', E, O> {
  return { shape: 'map', type, number, doc, options };
}

/**
 * A structure whose fields stand among its parent's in JSON but in a message of their own in protobuf, as
 * Go's embedded structs do (a Volume's source, a Probe's handler). Its key in the table never shows in JSON.
 */
export function inline<E extends AnyMessage>(type: E, number: number): Field<'inline', E, FieldOptions> {
  return { shape: 'inline', type, number, doc: '', options: {} };
}

// Inference looks at single properties: matching whole Message or Field types would compare tables in depth.
type Element<E> = E extends ScalarName
  ? ScalarTypes[E]
  : E extends { fields: infer F }
    ? InferFields<F>
    : never;

type Value<D> = D extends { shape: infer S; type: infer E }
  ? S extends 'one'
    ? Element<E>
    : S extends 'list'
      ? Element<E>[]
      : S extends 'map'
        ? { [key: string]: Element<E> }
        : never
  : never;

type InlineNames<F> = { [K in keyof F]: F[K] extends { shape: 'inline' } ? K : never }[keyof F];
type RequiredNames<F> = {
  [K in keyof F]: F[K] extends { shape: 'inline' }
    ? never
    : F[K] extends { options: { required: true } }
      ? K
      : never;
}[keyof F];
type UnionToIntersection<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void
  ? I
  : never;
type Inlined<F> = [InlineNames<F>] extends [never]
  ? unknown
  : UnionToIntersection<
      F[InlineNames<F>] extends infer D ? (D extends { type: infer E } ? Element<E> : never) : never
    >;

export type InferFields<F> = { -readonly [K in RequiredNames<F>]: Value<F[K]> } & {
  -readonly [K in Exclude<keyof F, RequiredNames<F> | InlineNames<F>>]?: Value<F[K]>;
} & Inlined<F>;

/** The TypeScript type of what a table declares. */
export type Infer<M> = M extends { fields: infer F } ? InferFields<F> : never;
