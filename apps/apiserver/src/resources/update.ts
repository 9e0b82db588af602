import type { Authorizer } from '@hawser/authz';
import { type Resource, updateObject } from '@hawser/registry';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { authorizeCreation } from './authorize-creation.ts';
import { checkName } from './check-name.ts';
import { readObject } from './read-object.ts';
import { renderEntry } from './render.ts';
import { writeContextOf } from './write-context.ts';

/** PUT of an object or of its status; on some kinds it creates what is missing, for those who may create. */
export async function handleUpdate(
  resource: Resource,
  context: RequestContext,
  authorizer: Authorizer,
): Promise<Answer> {
  const { namespace, name, subresource } = context.info;
  const wanted = await readObject(context, resource.kind);
  checkName(wanted, context.info);
  const change = () => structuredClone(wanted);
  const mayCreate = () => authorizeCreation(authorizer, context);
  const request = { namespace, name, subresource, change, ...(subresource === '' ? { mayCreate } : {}) };
  const { entry, created } = await updateObject(resource, request, writeContextOf(context));
  return renderEntry(context, resource.kind, entry, created ? 201 : 200);
}
