import { methodNotSupported } from '@hawser/api';
import type { Resource } from '@hawser/registry';
import type { Hub } from '../hub.ts';
import type { Answer, StreamingAnswer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { handleCreate } from './create.ts';
import { handleDelete, handleDeleteCollection } from './delete.ts';
import { handleGet } from './get.ts';
import { handleList } from './list.ts';
import { handlePatch } from './patch.ts';
import { handleUpdate } from './update.ts';
import { handleWatch } from './watch.ts';

/** What is asked of a collection, besides reading it, and what of one object. */
const COLLECTION_WRITES = new Set(['create', 'deletecollection']);
const OBJECT_VERBS = new Set(['get', 'update', 'patch', 'delete']);

/** Calls the handler of a verb on a stored kind, or on its status. @throws ApiError MethodNotAllowed */
export function routeResource(
  hub: Hub,
  resource: Resource,
  context: RequestContext,
): Promise<Answer | StreamingAnswer> {
  const { verb, subresource, namespace, name } = context.info;
  const { kind } = resource;
  if (COLLECTION_WRITES.has(verb) ? name !== '' : OBJECT_VERBS.has(verb) && name === '')
    throw methodNotSupported();
  // Writing to a collection needs its namespace; reading across all of them does not.
  const nowhere = kind.namespaced && namespace === '' && verb !== 'list' && verb !== 'watch';
  if (nowhere) throw methodNotSupported();
  const allowed: readonly string[] =
    subresource === '' ? kind.verbs : (kind.subresources[subresource]?.verbs ?? []);
  if (!allowed.includes(verb)) throw methodNotSupported();
  switch (verb) {
    case 'get':
      return handleGet(resource, context);
    case 'list':
      return handleList(resource, context);
    case 'watch':
      return handleWatch(resource, context, hub);
    case 'create':
      return handleCreate(resource, context);
    case 'update':
      return handleUpdate(resource, context, hub.authorizer);
    case 'patch':
      return handlePatch(resource, context, hub.authorizer);
    case 'delete':
      return handleDelete(resource, context);
    case 'deletecollection':
      return handleDeleteCollection(resource, context);
    default:
      throw methodNotSupported();
  }
}
