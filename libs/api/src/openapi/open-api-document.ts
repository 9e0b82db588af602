import type { AnyKind } from '../kinds/all-kinds.ts';
import { KUBERNETES_VERSION } from '../version.ts';
import type { OpenApiDocument } from './open-api-types.ts';
import { ResourceOperations } from './resource-operations.ts';
import { resourcePaths } from './resource-paths.ts';
import { SchemaCollector } from './schema-collector.ts';

/**
 * The OpenAPI v3 document of one group version, as `/openapi/v3/apis/GROUP/VERSION` serves it: schemas from
 * the tables, with the extensions that kubectl's `explain`, `apply` and `create` look for.
 * @param groupVersion such as `v1` or `rbac.authorization.k8s.io/v1`.
 * @param kinds all that are served; those of other group versions are passed over.
 */
export function openApiDocument(groupVersion: string, kinds: readonly AnyKind[]): OpenApiDocument {
  const schemas = new SchemaCollector();
  const operations = new ResourceOperations(schemas);
  const own = kinds.filter((kind) => kind.apiVersion === groupVersion);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: KUBERNETES_VERSION },
    paths: sorted(Object.assign({}, ...own.map((kind) => resourcePaths(kind, operations)))),
    components: { schemas: sorted(schemas.schemas) },
  };
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
