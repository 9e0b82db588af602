import { badRequest, type Kind } from '@hawser/api';
import type { RequestInfo } from '@hawser/http';
import { parseSelection, type Selection } from '@hawser/registry';

/** What a list or watch picks by its `labelSelector` and `fieldSelector`, and by the name in its path. @throws ApiError BadRequest */
export function selectionOf(kind: Kind, { query, name }: Pick<RequestInfo, 'query' | 'name'>): Selection {
  const fields = query.get('fieldSelector') ?? '';
  const labels = query.get('labelSelector') ?? '';
  // The name is the selector's own, or that of the older path of a watch.
  if (name === '') return parseSelection(kind, labels, fields);
  if (fields === '') return parseSelection(kind, labels, `metadata.name=${name.replace(/[\\,=]/g, '\\$&')}`);
  const selection = parseSelection(kind, labels, fields);
  if (selection.name !== name) throw badRequest("fieldSelector metadata.name doesn't match requested name");
  return selection;
}
