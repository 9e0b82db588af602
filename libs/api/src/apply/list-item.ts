import { isJsonObject, type JsonObject } from '../json-object.ts';
import type { ListType } from './apply-type.ts';
import { keyElement, type PathElement, valueElement } from './path-element.ts';

/**
 * What tells an item of a list that is merged item by item from the others: the values of its keys, where it
 * leaves one out the key's default; of a set, its value.
 * @returns the path element, or what is wrong with the item, in structured-merge-diff's words.
 */
export function elementOfItem(list: ListType, item: unknown): { element: PathElement } | { fault: string } {
  return list.keys.length > 0 ? keyedElement(list, item) : setElement(item);
}

function keyedElement({ keys }: ListType, item: unknown): { element: PathElement } | { fault: string } {
  if (item === null) return { fault: 'associative list with keys may not have a null element' };
  if (!isJsonObject(item)) return { fault: 'associative list with keys may not have non-map elements' };
  const values: JsonObject = {};
  for (const { name, fallback } of keys) {
    const value = item[name] ?? fallback;
    if (value !== undefined) values[name] = value;
  }
  if (Object.keys(values).length > 0) return { element: keyElement(values) };
  const names = keys.map(({ name }) => JSON.stringify(name)).join(' ');
  return {
    fault: `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  };
}

function setElement(item: unknown): { element: PathElement } | { fault: string } {
  if (item === null) return { fault: "associative list without keys has an element that's an explicit null" };
  if (Array.isArray(item)) return { fault: 'not supported: associative list with lists as elements' };
  if (isJsonObject(item)) return { fault: "associative list without keys has an element that's a map type" };
  return { element: valueElement(item) };
}

/** The items of a list by what identifies them; those that nothing identifies are left out. */
export function itemsByElement(list: ListType, items: readonly unknown[]): Map<PathElement, unknown[]> {
  const byElement = new Map<PathElement, unknown[]>();
  for (const item of items) {
    const found = elementOfItem(list, item);
    if ('fault' in found) continue;
    const same = byElement.get(found.element);
    if (same === undefined) byElement.set(found.element, [item]);
    else same.push(item);
  }
  return byElement;
}
