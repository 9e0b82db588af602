import { badRequest } from '@hawser/api';
import type { Authorizer } from '@hawser/authz';
import type { RequestInfo } from '@hawser/http';
import { type AnyObject, type Resource, updateObject } from '@hawser/registry';
import type { Answer } from '../pipeline/answer.ts';
import { attributesOf, authorize } from '../pipeline/authorize.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
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
  const mayCreate = () =>
    authorize(authorizer, { ...attributesOf(context.identity, context.info), verb: 'create' }, context.trail);
  const request = { namespace, name, subresource, change, ...(subresource === '' ? { mayCreate } : {}) };
  const { entry, created } = await updateObject(resource, request, writeContextOf(context));
  return renderEntry(context, resource.kind, entry, created ? 201 : 200);
}

/** @throws ApiError BadRequest where the body speaks of another object than the path (…/endpoints/handlers/rest.go, checkName). */
export function checkName({ metadata }: AnyObject, { name, namespace }: RequestInfo): void {
  if (!metadata.name)
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  if (metadata.name !== name)
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  if (namespace !== '' && metadata.namespace && metadata.namespace !== namespace)
    throw badRequest(
      `the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${namespace})`,
    );
}
