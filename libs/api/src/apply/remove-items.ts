import { isJsonObject, type JsonObject, setKey } from '../json-object.ts';
import { type ApplyType, isLeaf, type ListType, type MapType, resolved, typeUnder } from './apply-type.ts';
import type { FieldSet } from './field-set.ts';
import { elementOfItem } from './list-item.ts';
import { fieldElement } from './path-element.ts';

/**
 * A value without the fields and items of a set (structured-merge-diff, typed/remove.go).
 * @returns null where nothing of it is left.
 */
export function removeItems(declared: ApplyType, value: unknown, set: FieldSet): unknown {
  const type = resolved(declared, value);
  if (isLeaf(type)) return value;
  const left =
    type.is === 'list' ? itemsLeft(type, value, set) : isJsonObject(value) && fieldsLeft(type, value, set);
  return left === false || Object.keys(left).length === 0 ? null : left;
}

function itemsLeft(type: ListType, items: unknown, set: FieldSet): unknown[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const found = elementOfItem(type, item);
    if ('fault' in found) return [item];
    if (set.members.has(found.element)) return [];
    return [part(type.element, item, set.child(found.element))];
  });
}

function fieldsLeft(type: MapType, object: JsonObject, set: FieldSet): JsonObject {
  const left: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    const element = fieldElement(name);
    if (set.members.has(element)) continue;
    const inner = typeUnder(type, name);
    setKey(left, name, inner === undefined ? value : part(inner, value, set.child(element)));
  }
  return left;
}

const part = (type: ApplyType, value: unknown, set: FieldSet) =>
  set.isEmpty ? value : removeItems(type, value, set);
