import type { AnyMessage } from '../schema/fields.ts';
import { kindFor } from './all-kinds.ts';
import { listSchemaOf } from './list-schema.ts';
import { DeleteOptions } from './meta/delete-options.ts';
import { Status } from './meta/status.ts';

/**
 * The table of whatever travels under an API version and a kind: objects, their lists, and what every group
 * version has: DeleteOptions, and Status in v1.
 */
export function schemaFor(apiVersion: string, kind: string): AnyMessage | undefined {
  const found = kindFor(apiVersion, kind);
  if (found !== undefined) return found.schema;
  if (kind === 'DeleteOptions') return DeleteOptions;
  if (kind === 'Status' && apiVersion === 'v1') return Status;
  const item = kind.endsWith('List') ? kindFor(apiVersion, kind.slice(0, -'List'.length)) : undefined;
  return item && listSchemaOf(item);
}
