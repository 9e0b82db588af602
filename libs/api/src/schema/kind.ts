import type { AnyMessage, Infer, Message } from './fields.ts';

/** A verb of the API, as RBAC and discovery name it. */
export type Verb = 'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection';

export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** One column of `kubectl get`, as upstream's printers define it. */
export interface Column<T> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  /** Shown with `-o wide` only when above 0. */
  readonly priority?: number;
  readonly description: string;
  /** The cell; times are printed as ages by the server, relative to `now`. */
  readonly value: (object: T, now: Date) => string | number | boolean;
}

/** A subresource as discovery lists it. Its behaviour belongs to the API server. */
export interface Subresource {
  readonly verbs: readonly Verb[];
  /** The kind it speaks, where that is not the parent's. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  /** Given where it is no object but a way through: a connection, or requests that are passed on. */
  readonly connect?: Connect;
}

/** How a client asks for a way through (upstream's `Connecter`). */
export interface Connect {
  /** The HTTP methods that are served. */
  readonly methods: readonly ConnectMethod[];
  /** The fields of the subresource's kind, given as query parameters. */
  readonly options: readonly ConnectOption[];
  /** Whether the path goes on behind it. */
  readonly path?: boolean;
}

export type ConnectMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';

export interface ConnectOption {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer';
  readonly doc: string;
}

/** Every object, of whatever kind. */
export interface TypeMeta {
  apiVersion: string;
  kind: string;
}

/**
 * How a second served version of a kind lies in the store: as an object of the version that is stored. Both
 * ways give a new object, which may share parts with the given one, and lose nothing.
 */
export interface StoredAs<M = unknown> {
  // The stored kind has a table of its own; here it counts by its name.
  // biome-ignore lint/suspicious/noExplicitAny: the object type of another kind
  readonly kind: Kind<any>;
  toStored(object: KindObject<M>): object;
  fromStored(stored: never): KindObject<M>;
}

/**
 * A kind: its names, its table, its columns. Declared once; adding one is adding this, and a strategy where
 * the defaults do not fit.
 */
export interface Kind<M extends AnyMessage = AnyMessage> {
  /** The empty string for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The resource name in paths, such as `pods`. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly schema: M;
  readonly subresources: Readonly<Record<string, Subresource>>;
  /** Further columns after NAME, or all of them when one is called `Name`. */
  readonly columns: readonly Column<KindObject<M>>[];
  /** Field labels beside `metadata.name` and `metadata.namespace` that list and watch can select by. */
  readonly fieldLabels: Readonly<Record<string, (object: KindObject<M>) => string>>;
  /** What every client of it is warned of: that it is on its way out, and what takes its place. */
  readonly deprecation?: string;
  /** `group/version`, or `version` for the core group. */
  readonly apiVersion: string;
  /** Given where the objects are those of another version: stored once, served under both. */
  readonly storedAs?: StoredAs<M>;
}

export type KindObject<M> = Infer<M> & TypeMeta;
/** The object type of a kind: `ObjectOf<typeof pods>`. */
export type ObjectOf<K> = K extends Kind<infer M> ? KindObject<M> : never;

interface KindDeclaration<M extends AnyMessage> {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular?: string;
  shortNames?: readonly string[];
  categories?: readonly string[];
  namespaced: boolean;
  verbs?: readonly Verb[];
  schema: M;
  subresources?: Readonly<Record<string, Subresource>>;
  columns?: readonly Column<KindObject<M>>[];
  fieldLabels?: Readonly<Record<string, (object: KindObject<M>) => string>>;
  storedAs?: StoredAs<M>;
  deprecation?: string;
}

/** Declares a kind. */
export function kind<M extends Message<never> | AnyMessage>(declaration: KindDeclaration<M>): Kind<M> {
  const { group, version } = declaration;
  return {
    singular: declaration.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: ALL_VERBS,
    subresources: {},
    columns: [],
    fieldLabels: {},
    ...declaration,
    apiVersion: group === '' ? version : `${group}/${version}`,
  };
}

/** The `status` subresource that most kinds have. */
export const STATUS: Readonly<Record<string, Subresource>> = {
  status: { verbs: ['get', 'patch', 'update'] },
};
