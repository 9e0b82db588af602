import type { Informer, Resource } from '@hawser/client';
import { controllerOf } from './controller-ref.ts';

const NAME = 'controller';

/** Lets the objects of a cache be found by who manages them; safe to ask for again. */
export function indexByController<R extends Resource>(informer: Informer<R>): void {
  informer.addIndex(NAME, (object) => [controllerOf(object)?.uid ?? '']);
}

/** What an owner manages; it must have been indexed. */
export function managedBy<R extends Resource>(informer: Informer<R>, uid: string | undefined) {
  return uid === undefined ? [] : informer.index(NAME, uid);
}

/** What nobody manages, in a namespace. */
export function unmanaged<R extends Resource>(informer: Informer<R>, namespace: string | undefined) {
  return informer.index(NAME, '').filter(({ metadata }) => metadata.namespace === namespace);
}
