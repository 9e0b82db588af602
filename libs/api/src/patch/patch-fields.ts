import type { AnyMessage, Field } from '../schema/fields.ts';

/** The field of that JSON name; those of embedded structures count as the parent's own. */
export function fieldOf(message: AnyMessage, name: string): Field | undefined {
  const fields = message.fields as Record<string, Field>;
  if (Object.hasOwn(fields, name) && fields[name]!.shape !== 'inline') return fields[name];
  for (const field of Object.values(fields)) {
    const found = field.shape === 'inline' ? fieldOf(field.type as AnyMessage, name) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The structure that a field, or an item of it, holds; nothing for scalars and maps. */
export function elementOf(field: Field | undefined): AnyMessage | undefined {
  return field === undefined || typeof field.type === 'string' || field.shape === 'map'
    ? undefined
    : field.type;
}
