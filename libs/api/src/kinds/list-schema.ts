import { list, type Message, message, one } from '../schema/fields.ts';
import type { AnyKind } from './all-kinds.ts';
import { ListMeta } from './meta/list-meta.ts';

const made = new WeakMap<AnyKind, Message>();

/** The table of a kind's list, such as `io.k8s.api.core.v1.PodList`; every list has the same two fields. */
export function listSchemaOf(kind: AnyKind): Message {
  let schema = made.get(kind);
  if (schema === undefined) {
    schema = message(`${kind.schema.name}List`, `A list of ${kind.plural}.`, {
      metadata: one(ListMeta, 1, 'Standard list metadata.', { keepsZero: false }),
      items: list(kind.schema, 2, `The ${kind.plural}.`, { required: true }),
    });
    made.set(kind, schema);
  }
  return schema;
}
