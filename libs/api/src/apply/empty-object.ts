import { zeroOf } from '../decode/zero-value.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import type { AnyMessage, Field } from '../schema/fields.ts';
import { keepsZero } from '../schema/go-shape.ts';

/**
 * An object that nobody has written anything into, as upstream compares the first state of one with it: Go shows
 * the structures that it holds by value, and null for lists and maps without `omitempty`. Nobody owns these by
 * having filled them; who fills what is absent owns it as well.
 */
export function emptyObject(message: AnyMessage): JsonObject {
  const empty = zeroOf(message) as JsonObject;
  addNulls(message, empty);
  return empty;
}

function addNulls({ fields }: AnyMessage, into: JsonObject): void {
  for (const [name, field] of Object.entries(fields as Record<string, Field>)) {
    const { shape, type } = field;
    const inner = into[name];
    if (shape === 'inline') addNulls(type as AnyMessage, into);
    else if (shape !== 'one') {
      if (keepsZero(field)) into[name] = null;
    } else if (typeof type !== 'string' && isJsonObject(inner)) addNulls(type, inner);
  }
}
