import type { AnyKind } from '../kinds/all-kinds.ts';
import { DeleteOptions } from '../kinds/meta/delete-options.ts';
import { Status } from '../kinds/meta/status.ts';
import type { Verb } from '../schema/kind.ts';
import type { GroupVersionKind, HttpMethod, OpenApiOperation, OpenApiSchema } from './open-api-types.ts';
import { gvkOf, referenceTo, type SchemaCollector } from './schema-collector.ts';
import { type VerbShape, verbShapes } from './verb-shapes.ts';

const PATCH = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch';
const PATCH_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];
const PHRASES: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** Where an operation stands. */
export interface OperationTarget {
  /** The resource that the path leads to. */
  readonly resource: AnyKind;
  /** What is sent and answered; another kind on some subresources. */
  readonly speaks: AnyKind;
  readonly subresource?: string;
  readonly allNamespaces?: true;
}

/** Makes the operations of one document, adding the schemas that they need. */
export class ResourceOperations {
  constructor(private readonly schemas: SchemaCollector) {}

  /** The HTTP method and the operation of a verb. */
  operation(verb: Exclude<Verb, 'watch'>, target: OperationTarget): [HttpMethod, OpenApiOperation] {
    const shape = verbShapes[verb];
    const what =
      target.subresource === undefined
        ? target.resource.kind
        : `${target.subresource} of ${target.resource.kind}`;
    const operation: OpenApiOperation = {
      tags: [tagOf(target.resource)],
      description: `${shape.says} ${what}`,
      operationId: operationId(verb, shape, target),
      ...(shape.parameters.length > 0 && { parameters: shape.parameters }),
      ...(shape.takes && { requestBody: this.requestBody(shape.takes, target.speaks) }),
      responses: this.responses(shape, target.speaks),
      'x-kubernetes-action': shape.action,
      'x-kubernetes-group-version-kind': gvkOf(target.speaks),
    };
    return [shape.method, operation];
  }

  private requestBody(
    takes: NonNullable<VerbShape['takes']>,
    kind: AnyKind,
  ): OpenApiOperation['requestBody'] {
    switch (takes) {
      case 'object':
        return { content: { '*/*': { schema: this.schemas.addKind(kind) } }, required: true };
      case 'deleteOptions':
        return { content: { '*/*': { schema: this.deleteOptions(kind) } } };
      case 'patch': {
        this.schemas.schemas[PATCH] ??= {
          type: 'object',
          description: 'A patch, in the form its media type says.',
        };
        const schema = referenceTo(PATCH);
        return { content: Object.fromEntries(PATCH_TYPES.map((type) => [type, { schema }])), required: true };
      }
    }
  }

  private deleteOptions({ group, version }: GroupVersionKind): OpenApiSchema {
    return this.schemas.addObject(DeleteOptions, [{ group, version, kind: 'DeleteOptions' }]);
  }

  private responses(shape: VerbShape, kind: AnyKind): OpenApiOperation['responses'] {
    const schema = this.answer(shape.gives, kind);
    const content = {
      'application/json': { schema },
      ...(shape.gives === 'list' && { 'application/json;stream=watch': { schema } }),
    };
    const answers = shape.codes.map((code) => [code, { description: PHRASES[code]!, content }]);
    return { ...Object.fromEntries(answers), 401: { description: 'Unauthorized' } };
  }

  private answer(gives: VerbShape['gives'], kind: AnyKind): OpenApiSchema {
    if (gives === 'object') return this.schemas.addKind(kind);
    if (gives === 'list') return this.schemas.addList(kind);
    return this.schemas.addObject(Status, [{ group: '', version: 'v1', kind: 'Status' }]);
  }
}

/** As upstream's, on which generated clients build: `listCoreV1NamespacedPod`, `replaceCoreV1NodeStatus`. */
function operationId(
  verb: Verb,
  { prefix }: VerbShape,
  { resource, subresource, allNamespaces }: OperationTarget,
): string {
  const collection = verb === 'deletecollection' ? 'Collection' : '';
  const scope = resource.namespaced && !allNamespaces ? 'Namespaced' : '';
  const rest = `${capitalize(subresource ?? '')}${allNamespaces ? 'ForAllNamespaces' : ''}`;
  return `${prefix}${groupWords(resource).map(capitalize).join('')}${capitalize(resource.version)}${collection}${scope}${resource.kind}${rest}`;
}

/** `core_v1`, `rbacAuthorization_v1` */
export function tagOf(resource: AnyKind): string {
  const [first = '', ...rest] = groupWords(resource);
  return `${first}${rest.map(capitalize).join('')}_${resource.version}`;
}

function groupWords({ group }: AnyKind): string[] {
  return (group === '' ? 'core' : group.replace(/\.k8s\.io$/, '')).split('.');
}

export function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
