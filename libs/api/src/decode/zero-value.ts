import type { AnyMessage, ElementType, Field, ScalarName } from '../schema/fields.ts';
import { isPointer, keepsZero } from '../schema/go-shape.ts';

/** What JSON shows of scalars that nobody set; times, objects and lists that are absent have nothing to show. */
const ZEROES: Readonly<Partial<Record<ScalarName, unknown>>> = {
  string: '',
  bool: false,
  int32: 0,
  int64: 0,
  double: 0,
  bytes: '',
  quantity: '0',
  intOrString: 0,
  duration: '0s',
};

/** What Go makes of a null in a list or a map: the element's zero value. */
export function zeroOf(type: ElementType): unknown {
  if (typeof type !== 'string') return zeroMessage(type);
  return type === 'stringList' ? [] : (ZEROES[type] ?? null);
}

/** Whether Go leaves a field out of JSON when it holds this value: `omitempty` of scalars, lists and maps. */
export function leavesOut({ shape, type, ...field }: Field): ((value: unknown) => boolean) | undefined {
  if (shape === 'inline' || keepsZero({ shape, type, ...field })) return undefined;
  if (shape === 'list') return (value) => (value as unknown[]).length === 0;
  if (shape === 'map') return (value) => Object.keys(value as object).length === 0;
  const zero = typeof type === 'string' ? ZEROES[type] : undefined;
  return zero === undefined ? undefined : (value) => value === zero;
}

/**
 * Makes the value that Go shows of a field that is absent: an empty structure that it holds by value, a quantity.
 * Required scalars of a structure that is present are not filled in: their absence is for validation to find.
 * @returns nothing for fields whose absence shows.
 */
export function filler(field: Field): (() => unknown) | undefined {
  const { shape, type, options } = field;
  if (shape !== 'one' || isPointer(field) || !showsZero(field)) return undefined;
  if (typeof type !== 'string') return () => zeroMessage(type);
  if (options.required === true || options.default !== undefined) return undefined;
  const zero = ZEROES[type];
  return zero === undefined ? undefined : () => zero;
}

/** Fills in what Go shows of an object's own fields that are absent, in place: an empty status, above all. */
export function fillAbsent({ fields }: AnyMessage, object: Record<string, unknown>): void {
  for (const [name, field] of Object.entries(fields as Record<string, Field>))
    if (object[name] === undefined) {
      const make = filler(field);
      if (make !== undefined) object[name] = make();
    }
}

/** A structure has no zero that `omitempty` could leave out. */
const showsZero = (field: Field) => typeof field.type !== 'string' || keepsZero(field);

type Parts = readonly (readonly [name: string, make: () => unknown])[];

const parts = new WeakMap<AnyMessage, Parts>();

/** A structure that nobody set, with all that Go shows of it. What it is made of is found once per table and kept. */
function zeroMessage(message: AnyMessage): Record<string, unknown> {
  let made = parts.get(message);
  if (made === undefined) {
    made = zeroParts(message);
    parts.set(message, made);
  }
  const zero: Record<string, unknown> = {};
  for (const [name, make] of made) zero[name] = make();
  return zero;
}

function zeroParts({ fields }: AnyMessage): Parts {
  return Object.entries(fields as Record<string, Field>).flatMap(([name, field]): Parts => {
    if (field.shape === 'inline') return zeroParts(field.type as AnyMessage);
    if (field.shape !== 'one' || isPointer(field) || !showsZero(field)) return [];
    return zeroOf(field.type) === null ? [] : [[name, () => zeroOf(field.type)]];
  });
}
