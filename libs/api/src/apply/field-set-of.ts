import { isJsonObject } from '../json-object.ts';
import { type ApplyType, isLeaf, type ListType, type MapType, resolved, typeUnder } from './apply-type.ts';
import { FieldSet, FieldSetBuilder, type Path } from './field-set.ts';
import { itemsByElement } from './list-item.ts';
import { fieldElement } from './path-element.ts';

/**
 * Every leaf and item that a value mentions (structured-merge-diff, typed/tofieldset.go): what who applies it
 * owns by that.
 */
export function fieldSetOf(type: ApplyType, value: unknown): FieldSet {
  const builder = new FieldSetBuilder();
  visit(type, value, [], builder);
  return builder.build();
}

function visit(declared: ApplyType, value: unknown, path: Path, into: FieldSetBuilder): void {
  const type = resolved(declared, value);
  if (isLeaf(type)) into.insert(path);
  else if (type.is === 'list') visitItems(type, Array.isArray(value) ? value : [], path, into);
  else if (isJsonObject(value)) visitFields(type, value, path, into);
}

function visitItems(type: ListType, items: readonly unknown[], path: Path, into: FieldSetBuilder): void {
  for (const [element, same] of itemsByElement(type, items)) {
    const at = [...path, element];
    into.insert(at);
    // Of items that cannot be told apart no parts are owned.
    if (same.length === 1) visit(type.element, same[0], at, into);
  }
}

function visitFields(type: MapType, value: object, path: Path, into: FieldSetBuilder): void {
  for (const [name, part] of Object.entries(value)) {
    const inner = typeUnder(type, name);
    if (inner === undefined) continue;
    const at = [...path, fieldElement(name)];
    visit(inner, part, at, into);
    // A structure is owned by its parts, and by itself only where it has none; an entry of a map always.
    if (!type.fields.has(name) || part === null || isEmptyObject(part)) into.insert(at);
  }
}

const isEmptyObject = (value: unknown) => isJsonObject(value) && Object.keys(value).length === 0;

/** Adds the structures of which a set has parts: pruning looks at what is named in the table as well. */
export function withNamedFields(set: FieldSet, type: ApplyType | undefined): FieldSet {
  const members = new Set(set.members);
  const children = new Map<string, FieldSet>();
  for (const [element, child] of set.children) {
    const name = element.startsWith('f:') ? element.slice(2) : undefined;
    if (name !== undefined && type?.is === 'map' && type.fields.has(name)) members.add(element);
    children.set(element, withNamedFields(child, typeBelow(type, element, name)));
  }
  return new FieldSet(members, children);
}

function typeBelow(type: ApplyType | undefined, element: string, name: string | undefined) {
  if (type?.is === 'map' && name !== undefined) return typeUnder(type, name);
  return type?.is === 'list' && element.startsWith('k:') ? type.element : undefined;
}
