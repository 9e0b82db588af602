import { createObject, type Resource } from '@hawser/registry';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { readObject } from './read-object.ts';
import { renderEntry } from './render.ts';
import { writeContextOf } from './write-context.ts';

export async function handleCreate(resource: Resource, context: RequestContext): Promise<Answer> {
  const object = await readObject(context, resource.kind);
  const entry = await createObject(resource, context.info.namespace, object, writeContextOf(context));
  return renderEntry(context, resource.kind, entry, 201);
}
