import type { AnyKind } from '../kinds/all-kinds.ts';
import type { Connect, Subresource } from '../schema/kind.ts';
import type { HttpMethod, OpenApiOperation, OpenApiPath } from './open-api-types.ts';
import { nameInPath, namespaceInPath, optionParameters, pathInPath } from './parameters.ts';
import { capitalize, tagOf } from './resource-operations.ts';
import { rootOf } from './root-of.ts';
import { gvkOf } from './schema-collector.ts';

/** Every path of a resource that leads through to something else, with a CONNECT operation for each method. */
export function connectPaths(kind: AnyKind): Record<string, OpenApiPath> {
  const scope = kind.namespaced ? '/namespaces/{namespace}' : '';
  const paths = Object.entries(kind.subresources).flatMap(([name, subresource]) => {
    const { connect } = subresource;
    if (connect === undefined) return [];
    const path = `${rootOf(kind)}${scope}/${kind.plural}/{name}/${name}`;
    const parameters = [
      nameInPath((subresource.kind ?? kind).kind),
      ...(kind.namespaced ? [namespaceInPath] : []),
      ...optionParameters(connect.options),
    ];
    const plain = [path, { parameters, ...operationsOf(kind, name, subresource, connect, '') }];
    if (!connect.path) return [plain];
    const deeper = operationsOf(kind, name, subresource, connect, 'WithPath');
    return [plain, [`${path}/{path}`, { parameters: [...parameters, pathInPath], ...deeper }]];
  });
  return Object.fromEntries(paths);
}

function operationsOf(
  resource: AnyKind,
  name: string,
  subresource: Subresource,
  { methods }: Connect,
  suffix: string,
): Partial<Record<HttpMethod, OpenApiOperation>> {
  return Object.fromEntries(
    methods.map((method) => [
      method.toLowerCase(),
      {
        tags: [tagOf(resource)],
        description: `connect ${method} requests to ${name} of ${resource.kind}`,
        operationId: operationId(resource, name, method, suffix),
        responses: {
          200: { description: 'OK', content: { '*/*': { schema: { type: 'string' as const } } } },
          401: { description: 'Unauthorized' },
        },
        'x-kubernetes-action': 'connect',
        'x-kubernetes-group-version-kind': subresource.kind ?? gvkOf(resource),
      },
    ]),
  );
}

/** As upstream's: `connectCoreV1PostNamespacedPodExec`, `connectCoreV1GetNodeProxyWithPath`. */
function operationId(resource: AnyKind, name: string, method: string, suffix: string): string {
  const group = resource.group === '' ? 'Core' : capitalize(resource.group.split('.')[0]!);
  const scope = resource.namespaced ? 'Namespaced' : '';
  const verb = capitalize(method.toLowerCase());
  return `connect${group}${capitalize(resource.version)}${verb}${scope}${resource.kind}${capitalize(name)}${suffix}`;
}
