import type { AnyKind } from '../kinds/all-kinds.ts';
import { listSchemaOf } from '../kinds/list-schema.ts';
import { ObjectMeta } from '../kinds/meta/object-meta.ts';
import type { AnyMessage, ElementType, Field, FieldOptions } from '../schema/fields.ts';
import type { GroupVersionKind, OpenApiSchema } from './open-api-types.ts';
import { namedScalars, plainScalars } from './scalar-schemas.ts';

const TYPE_META: Readonly<Record<'apiVersion' | 'kind', OpenApiSchema>> = {
  apiVersion: { type: 'string', description: 'Version of the schema of this object.' },
  kind: { type: 'string', description: 'What this object is.' },
};

/** Turns tables into the schemas of one document; each is made once, with all that it refers to. */
export class SchemaCollector {
  readonly schemas: Record<string, OpenApiSchema> = {};

  /** A reference to a structure's schema. */
  addMessage(message: AnyMessage): OpenApiSchema {
    if (this.schemas[message.name] === undefined) {
      const schema: OpenApiSchema = { type: 'object', description: message.doc };
      // Kept before its fields are looked at: a table may contain itself.
      this.schemas[message.name] = schema;
      if (message.atomic) schema['x-kubernetes-map-type'] = 'atomic';
      schema.properties = {};
      this.addFields(message, schema, schema.properties);
    }
    return referenceTo(message.name);
  }

  /** A reference to the schema of an object that travels by itself, under the kinds given. */
  addObject(message: AnyMessage, kinds: readonly GroupVersionKind[]): OpenApiSchema {
    const reference = this.addMessage(message);
    const schema = this.schemas[message.name]!;
    schema.properties = { ...TYPE_META, ...schema.properties };
    schema['x-kubernetes-group-version-kind'] = kinds;
    return reference;
  }

  addKind(kind: AnyKind): OpenApiSchema {
    return this.addObject(kind.schema, [gvkOf(kind)]);
  }

  addList(kind: AnyKind): OpenApiSchema {
    const gvk = gvkOf(kind);
    return this.addObject(listSchemaOf(kind), [{ ...gvk, kind: `${gvk.kind}List` }]);
  }

  /** Fields of embedded structures stand among their parent's. */
  private addFields(message: AnyMessage, owner: OpenApiSchema, into: Record<string, OpenApiSchema>): void {
    for (const [name, field] of Object.entries(message.fields as Record<string, Field>)) {
      if (field.shape === 'inline') {
        this.addFields(field.type as AnyMessage, owner, into);
        continue;
      }
      into[name] = this.fieldSchema(field);
      if (isRequired(field) && !isMetadata(name, message)) {
        owner.required ??= [];
        owner.required.push(name);
      }
    }
  }

  private fieldSchema({ shape, type, doc, options }: Field): OpenApiSchema {
    const description = { description: doc };
    if (shape === 'list')
      return { type: 'array', items: this.element(type, options), ...description, ...listMarkers(options) };
    const markers: OpenApiSchema = {
      ...(options.retainKeys && { 'x-kubernetes-patch-strategy': 'retainKeys' }),
      ...(options.replaces && { 'x-kubernetes-patch-strategy': 'replace' }),
      ...(options.atomic && { 'x-kubernetes-map-type': 'atomic' }),
    };
    if (shape === 'map')
      return {
        type: 'object',
        additionalProperties: this.element(type, options),
        ...description,
        ...markers,
      };
    const value = options.default === undefined ? {} : { default: options.default };
    return { ...this.element(type, options), ...description, ...value, ...markers };
  }

  /** References stand in an `allOf`, as nothing may stand beside a bare `$ref`. */
  private element(type: ElementType, options: FieldOptions): OpenApiSchema {
    if (typeof type !== 'string') return { allOf: [this.addMessage(type)] };
    const named = namedScalars[type];
    if (named !== undefined) {
      this.schemas[named.name] ??= named.schema;
      return { allOf: [referenceTo(named.name)] };
    }
    return { ...plainScalars[type], ...(options.enum && { enum: options.enum }) };
  }
}

function isRequired({ options: { required, inOpenApi } }: Field): boolean {
  return inOpenApi === undefined ? required === true : inOpenApi === 'required';
}

/** Always there in an object that is stored, but not asked of those who send one. */
function isMetadata(name: string, message: AnyMessage): boolean {
  return name === 'metadata' || message === ObjectMeta;
}

export function gvkOf({ group, version, kind }: GroupVersionKind): GroupVersionKind {
  return { group, version, kind };
}

export function referenceTo(name: string): OpenApiSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function listMarkers({ listType, mapKeys, mergeKey, retainKeys }: FieldOptions): OpenApiSchema {
  return {
    'x-kubernetes-list-type': listType ?? (mapKeys === undefined ? 'atomic' : 'map'),
    ...(mapKeys && { 'x-kubernetes-list-map-keys': mapKeys }),
    ...(mergeKey && { 'x-kubernetes-patch-merge-key': mergeKey }),
    ...(mergeKey !== undefined && {
      'x-kubernetes-patch-strategy': retainKeys ? 'merge,retainKeys' : 'merge',
    }),
  };
}
