import type { AnyMessage } from '../schema/fields.ts';
import { kindFor } from './all-kinds.ts';
import { listSchemaOf } from './list-schema.ts';
import { DeleteOptions } from './meta/delete-options.ts';
import {
  PartialObjectMetadata,
  PartialObjectMetadataList,
  PartialObjectMetadataListV1beta1,
} from './meta/partial-object-metadata.ts';
import { Status } from './meta/status.ts';

const META: Readonly<Record<string, AnyMessage>> = {
  'v1 Status': Status,
  'meta.k8s.io/v1 PartialObjectMetadata': PartialObjectMetadata,
  'meta.k8s.io/v1 PartialObjectMetadataList': PartialObjectMetadataList,
  'meta.k8s.io/v1beta1 PartialObjectMetadata': PartialObjectMetadata,
  'meta.k8s.io/v1beta1 PartialObjectMetadataList': PartialObjectMetadataListV1beta1,
};

/**
 * The table of whatever travels under an API version and a kind: objects, their lists, the views of them, Status
 * in v1, and DeleteOptions in every group version.
 */
export function schemaFor(apiVersion: string, kind: string): AnyMessage | undefined {
  const found = kindFor(apiVersion, kind);
  if (found !== undefined) return found.schema;
  if (kind === 'DeleteOptions') return DeleteOptions;
  const meta = `${apiVersion} ${kind}`;
  if (Object.hasOwn(META, meta)) return META[meta];
  const item = kind.endsWith('List') ? kindFor(apiVersion, kind.slice(0, -'List'.length)) : undefined;
  return item && listSchemaOf(item);
}
