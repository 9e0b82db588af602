import type { Kind } from '@hawser/api';
import { parseSelection, type Selection } from '@hawser/registry';

/** What a request's `labelSelector` and `fieldSelector` pick. @throws ApiError BadRequest */
export function selectionOf(kind: Kind, query: URLSearchParams): Selection {
  return parseSelection(kind, query.get('labelSelector') ?? '', query.get('fieldSelector') ?? '');
}
