import type { KindObject, ObjectMeta, TypeMeta } from '@hawser/api';

/** What a path is made of. Every `Kind` value is one; discovery makes further ones at run time. */
export interface Resource {
  /** The empty string for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** An object of a kind that is only known at run time. */
export interface GenericObject extends TypeMeta {
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** The object type of a resource: inferred from the table of a `Kind`, generic otherwise. */
export type ObjectFor<R> = R extends { readonly schema: infer M } ? KindObject<M> : GenericObject;

/** What every object has, whatever its kind. */
export interface Named {
  metadata: ObjectMeta;
}

/**
 * The URL path of a collection (no `name`) or an object.
 *
 * @param at `namespace` is ignored for cluster-wide resources; without one, a namespaced collection is that of
 *   all namespaces.
 * @throws TypeError when an object of a namespaced resource is named without its namespace.
 */
export function resourcePath(
  resource: Resource,
  at: { namespace?: string; name?: string; subresource?: string } = {},
): string {
  const root =
    resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const parts = [root];
  if (resource.namespaced && at.namespace) parts.push('namespaces', encodeURIComponent(at.namespace));
  else if (resource.namespaced && at.name)
    throw new TypeError(`${resource.plural} are namespaced: name a namespace`);
  parts.push(resource.plural);
  if (at.name) parts.push(encodeURIComponent(at.name));
  if (at.subresource) parts.push(at.subresource);
  return parts.join('/');
}

/** `namespace/name`, or `name` for cluster-wide objects: the key of caches and queues, as client-go's. */
export function keyOf(object: Named): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}
