import { type Resource, updateObject } from '@hawser/registry';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from './read-object.ts';
import { renderEntry } from './render.ts';
import { writeContextOf } from './write-context.ts';

/** PUT of an object or of its status. */
export async function handleUpdate(resource: Resource, context: RequestContext): Promise<Answer> {
  const { namespace, name, subresource } = context.info;
  const wanted = await readObject(context, resource.kind);
  const change = () => structuredClone(wanted);
  const request = { namespace, name, subresource, change, mayCreate: subresource === '' };
  const { entry, created } = await updateObject(resource, request, writeContextOf(context));
  return renderEntry(context, resource.kind, entry, created ? 201 : 200);
}
