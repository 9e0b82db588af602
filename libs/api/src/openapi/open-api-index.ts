import { createHash } from 'node:crypto';
import type { AnyKind } from '../kinds/all-kinds.ts';
import { openApiDocument } from './open-api-document.ts';
import { rootOf } from './root-of.ts';

export interface OpenApiIndex {
  paths: Record<string, { serverRelativeURL: string }>;
}

/**
 * What `/openapi/v3` answers: for each group version where its document is, with a hash that changes when the
 * document does, so that clients may keep it for ever.
 */
export function openApiIndex(kinds: readonly AnyKind[]): OpenApiIndex {
  const roots = new Map(kinds.map((kind) => [kind.apiVersion, rootOf(kind)]));
  const entries = [...roots].map(([groupVersion, root]) => {
    const hash = openApiHash(JSON.stringify(openApiDocument(groupVersion, kinds)));
    return [root.slice(1), { serverRelativeURL: `/openapi/v3${root}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(entries) };
}

/** The hash of a document's JSON, as the index names it. */
export function openApiHash(json: string): string {
  return createHash('sha256').update(json).digest('hex').toUpperCase();
}
