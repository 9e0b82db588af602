import type { Field } from './fields.ts';

/**
 * How upstream's Go types hold a field. What is held by value cannot be absent: protobuf carries it always, and
 * so does JSON unless its tag says `omitempty`; what is held by pointer is carried when it is there.
 */

/** Whether Go holds a single value by pointer, so that its absence differs from its zero value. */
export function isPointer({ type, options }: Field): boolean {
  if (options.pointer !== undefined) return options.pointer;
  if (type === 'fieldsV1') return true;
  if (typeof type !== 'string') return options.keepsZero !== false && options.required !== true;
  return options.keepsZero === true && options.required !== true;
}

/** Scalars that are structs to Go, with a zero value that JSON can say. */
const STRUCTS: ReadonlySet<unknown> = new Set(['quantity', 'intOrString', 'duration']);

/** Whether JSON carries the field's zero value: it has no `omitempty`, or that has no effect on it. */
export function keepsZero({ shape, type, options }: Field): boolean {
  if (options.keepsZero !== undefined) return options.keepsZero;
  if (options.required === true) return true;
  return shape === 'one' && (typeof type !== 'string' || STRUCTS.has(type));
}
