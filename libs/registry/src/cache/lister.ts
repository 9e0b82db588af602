import type { Kind, ObjectOf } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import type { ObjectCache } from './object-cache.ts';

/** A kind's cache as authentication, authorization and admission see it. */
export function listerOf<K extends Kind>(cache: ObjectCache): Lister<ObjectOf<K>> {
  return {
    get: (namespace, name) => cache.entry(namespace, name)?.object as ObjectOf<K> | undefined,
    list: (namespace) => cache.entries(namespace).map((entry) => entry.object as unknown as ObjectOf<K>),
    get version() {
      return cache.version;
    },
  };
}
