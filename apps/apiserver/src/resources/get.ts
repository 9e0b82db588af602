import { notFound } from '@hawser/api';
import { parseRevision, type Resource, tooLarge } from '@hawser/registry';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { renderEntry } from './render.ts';

export async function handleGet(resource: Resource, context: RequestContext): Promise<Answer> {
  const { namespace, name, query } = context.info;
  const asked = parseRevision(query.get('resourceVersion') ?? '');
  if (asked > resource.cacher.revision) throw tooLarge(asked, resource.cacher.revision);
  const entry = resource.cache.entry(namespace, name);
  if (entry === undefined) throw notFound(resource.kind, name);
  return renderEntry(context, resource.kind, entry);
}
