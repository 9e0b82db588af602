import { isJsonObject, type JsonObject } from '../json-object.ts';

/**
 * One step of a field's path, in the text that FieldsV1 has for it (structured-merge-diff, fieldpath):
 * `f:NAME` a field or the key of a map, `k:{"KEY":VALUE,…}` the item of a list with these keys, in alphabetical
 * order, `v:VALUE` the item of a set, `i:N` the item at a place. As texts they can be compared and be keys of maps.
 */
export type PathElement = string;

export const fieldElement = (name: string): PathElement => `f:${name}`;

/** The item of a list that has these values in the fields that are the list's keys. */
export function keyElement(keys: JsonObject): PathElement {
  const sorted = Object.keys(keys).sort();
  return `k:{${sorted.map((name) => `${goJson(name)}:${goJson(keys[name])}`).join(',')}}`;
}

export const valueElement = (value: unknown): PathElement => `v:${goJson(value)}`;

/** JSON as Go writes it: objects in the order of their keys, and what could be HTML escaped. */
export function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (!isJsonObject(value)) return escaped(JSON.stringify(value));
  const members = Object.keys(value)
    .sort()
    .map((key) => `${goJson(key)}:${goJson(value[key])}`);
  return `{${members.join(',')}}`;
}

const escaped = (json: string) =>
  json.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Brings the text of a step into its one form.
 * @returns undefined for a step of a sort that a later version may know.
 * @throws SyntaxError where it is none.
 */
export function parsePathElement(text: string): PathElement | undefined {
  if (text.length < 2 || text[1] !== ':') throw new SyntaxError(`missing colon: ${text}`);
  const rest = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'v': {
      const value: unknown = JSON.parse(rest);
      if (!isScalar(value)) throw new SyntaxError('a value that identifies an item is no scalar');
      return valueElement(value);
    }
    case 'k': {
      const keys: unknown = JSON.parse(rest);
      if (!isJsonObject(keys) || !Object.values(keys).every(isScalar))
        throw new SyntaxError('the keys of an item are no object of scalars');
      return keyElement(keys);
    }
    case 'i':
      if (!/^[+-]?\d+$/.test(rest)) throw new SyntaxError(`not a number: ${text}`);
      return `i:${Number(rest)}`;
    default:
      return undefined;
  }
}

const isScalar = (value: unknown) => typeof value !== 'object' || value === null;

/** A step as messages say it: `.spec`, `[containerPort=80,protocol="TCP"]`, `[="a"]`, `[0]`. */
export function pathElementText(element: PathElement): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k': {
      const keys = Object.entries(JSON.parse(rest) as JsonObject);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${JSON.stringify(JSON.parse(rest))}]`;
    default:
      return `[${rest}]`;
  }
}

/** `.spec.containers[name="a"].image` */
export function pathText(path: readonly PathElement[]): string {
  return path.map(pathElementText).join('');
}

const SORTS = 'fkvi';

/** Steps in the order in which FieldsV1 lists them: fields, then items by key, by value, by place. */
export function sortedPathElements(elements: Iterable<PathElement>): PathElement[] {
  // Each is parsed once, not for each that it is compared with.
  const parsed = Array.from(elements, (element) => ({ element, value: parsedRest(element) }));
  return parsed.sort(compareParsed).map(({ element }) => element);
}

interface ParsedElement {
  readonly element: PathElement;
  readonly value: unknown;
}

function parsedRest(element: PathElement): unknown {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return rest;
  return element.startsWith('k:') ? Object.entries(JSON.parse(rest) as JsonObject) : JSON.parse(rest);
}

function compareParsed(a: ParsedElement, b: ParsedElement): number {
  const bySort = SORTS.indexOf(a.element[0]!) - SORTS.indexOf(b.element[0]!);
  if (bySort !== 0) return bySort;
  if (a.element[0] !== 'k') return compareScalars(a.value, b.value);
  return compareKeys(a.value as [string, unknown][], b.value as [string, unknown][]);
}

function compareKeys(a: readonly [string, unknown][], b: readonly [string, unknown][]): number {
  for (const [i, [name, value]] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    if (name !== other[0]) return name < other[0] ? -1 : 1;
    const order = compareScalars(value, other[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

const TYPES = ['number', 'string', 'boolean', 'object'];

function compareScalars(a: unknown, b: unknown): number {
  if (typeof a !== typeof b) return TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b);
  // What is no scalar identifies nothing; any order will do, as long as it is one.
  const [left, right] = typeof a === 'object' ? [goJson(a), goJson(b)] : [a as string, b as string];
  return left === right ? 0 : left < right ? -1 : 1;
}
