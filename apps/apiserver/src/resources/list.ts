import { parseInt64 } from '@hawser/http';
import { listObjects, type Resource } from '@hawser/registry';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { renderList } from './render.ts';
import { selectionOf } from './selection-of.ts';
import { versionOptionsOf } from './version-options.ts';

export async function handleList(resource: Resource, context: RequestContext): Promise<Answer> {
  const { query, namespace } = context.info;
  parseInt64(query.get('timeoutSeconds') ?? '');
  const page = await listObjects(resource, {
    namespace,
    selection: selectionOf(resource.kind, context.info),
    limit: Math.max(0, parseInt64(query.get('limit') ?? '')),
    ...versionOptionsOf(query),
  });
  return renderList(context, resource.kind, page);
}
