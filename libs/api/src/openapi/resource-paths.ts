import { type AnyKind, kindFor } from '../kinds/all-kinds.ts';
import type { Subresource, Verb } from '../schema/kind.ts';
import { connectPaths } from './connect-paths.ts';
import type { OpenApiParameter, OpenApiPath } from './open-api-types.ts';
import { nameInPath, namespaceInPath, podLogParameters, pretty } from './parameters.ts';
import type { OperationTarget, ResourceOperations } from './resource-operations.ts';
import { rootOf } from './root-of.ts';

const OF_COLLECTION: readonly Verb[] = ['list', 'create', 'deletecollection'];

interface PlannedPath {
  readonly path: string;
  readonly parameters: readonly OpenApiParameter[];
  readonly verbs: readonly Verb[];
  readonly target: OperationTarget;
}

/** Every path under which a resource and its subresources are served. */
export function resourcePaths(kind: AnyKind, operations: ResourceOperations): Record<string, OpenApiPath> {
  return { ...objectPaths(kind, operations), ...connectPaths(kind) };
}

function objectPaths(kind: AnyKind, operations: ResourceOperations): Record<string, OpenApiPath> {
  return Object.fromEntries(
    plannedPaths(kind).flatMap(({ path, parameters, verbs, target }) => {
      const made = operationsOf(verbs, target, operations);
      return made.length === 0
        ? []
        : [[path, { parameters: [...parameters, pretty], ...Object.fromEntries(made) }]];
    }),
  );
}

function plannedPaths(kind: AnyKind): PlannedPath[] {
  const everywhere = `${rootOf(kind)}/${kind.plural}`;
  const collection = kind.namespaced ? `${rootOf(kind)}/namespaces/{namespace}/${kind.plural}` : everywhere;
  const inNamespace = kind.namespaced ? [namespaceInPath] : [];
  const named = [nameInPath(kind.kind), ...inNamespace];
  const target: OperationTarget = { resource: kind, speaks: kind };
  const [ofCollection, ofItem] = [
    kind.verbs.filter(isOfCollection),
    kind.verbs.filter((verb) => !isOfCollection(verb)),
  ];
  return [
    { path: collection, parameters: inNamespace, verbs: ofCollection, target },
    { path: `${collection}/{name}`, parameters: named, verbs: ofItem, target },
    ...(kind.namespaced && kind.verbs.includes('list')
      ? [
          {
            path: everywhere,
            parameters: [],
            verbs: ['list' as const],
            target: { ...target, allNamespaces: true as const },
          },
        ]
      : []),
    ...Object.entries(kind.subresources)
      .filter(([, { connect }]) => connect === undefined)
      .map(([name, subresource]) => ({
        path: `${collection}/{name}/${name}`,
        parameters: named,
        verbs: subresource.verbs,
        target: subresourceTarget(kind, name, subresource),
      })),
  ];
}

function isOfCollection(verb: Verb): boolean {
  return OF_COLLECTION.includes(verb);
}

function subresourceTarget(resource: AnyKind, name: string, { kind }: Subresource): OperationTarget {
  const other =
    kind && kindFor(kind.group === '' ? kind.version : `${kind.group}/${kind.version}`, kind.kind);
  return { resource, speaks: other ?? resource, subresource: name };
}

function operationsOf(verbs: readonly Verb[], target: OperationTarget, operations: ResourceOperations) {
  const made = verbs.flatMap((verb) => (verb === 'watch' ? [] : [operations.operation(verb, target)]));
  if (target.resource.plural === 'pods' && target.subresource === 'log')
    for (const [, operation] of made) {
      operation.parameters = podLogParameters;
      operation.responses[200] = {
        description: 'OK',
        content: { 'text/plain': { schema: { type: 'string' } } },
      };
    }
  return made;
}
