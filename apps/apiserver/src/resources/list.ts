import { badRequest } from '@hawser/api';
import { listObjects, parseSelection, type Resource } from '@hawser/registry';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { renderList } from './render.ts';

export async function handleList(resource: Resource, context: RequestContext): Promise<Answer> {
  const { query, namespace } = context.info;
  const page = await listObjects(resource, {
    namespace,
    selection: parseSelection(
      resource.kind,
      query.get('labelSelector') ?? '',
      query.get('fieldSelector') ?? '',
    ),
    limit: parseLimit(query.get('limit') ?? ''),
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
  });
  return renderList(context, resource.kind, page);
}

function parseLimit(text: string): number {
  if (text === '') return 0;
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}
