import { isJsonObject } from '../json-object.ts';
import { type ApplyType, isLeaf, type ListType, type MapType, resolved, typeUnder } from './apply-type.ts';
import { type FieldSet, FieldSetBuilder, type Path } from './field-set.ts';
import { itemsByElement } from './list-item.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { sameJson } from './same-json.ts';

/** What tells a value from an older one; no field is in two of the sets. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Compares two values of one type (structured-merge-diff, typed/compare.go). */
export function compareValues(type: ApplyType, old: unknown, value: unknown): Comparison {
  const comparer = new Comparer();
  comparer.compare(type, old, value, []);
  return {
    added: comparer.added.build(),
    modified: comparer.modified.build(),
    removed: comparer.removed.build(),
  };
}

class Comparer {
  readonly added = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly removed = new FieldSetBuilder();

  /** Undefined is what is absent; it is not so on both sides. */
  compare(declared: ApplyType, old: unknown, value: unknown, path: Path): void {
    const type = resolved(declared, old, value);
    if (isLeaf(type) || (isEmpty(old) && isEmpty(value))) {
      this.#compareLeaf(old, value, path);
      return;
    }
    if (type.is === 'list') this.#compareItems(type, asList(old), asList(value), path);
    else this.#compareFields(type, asObject(old), asObject(value), path);
    if (old === undefined) this.added.insert(path);
    else if (value === undefined) this.removed.insert(path);
  }

  #compareLeaf(old: unknown, value: unknown, path: Path): void {
    if (old === undefined) this.added.insert(path);
    else if (value === undefined) this.removed.insert(path);
    else if (!sameJson(old, value)) this.modified.insert(path);
  }

  #compareFields(
    type: MapType,
    old: Record<string, unknown>,
    value: Record<string, unknown>,
    path: Path,
  ): void {
    for (const name of new Set([...Object.keys(old), ...Object.keys(value)])) {
      const inner = typeUnder(type, name);
      if (inner === undefined) continue;
      this.compare(inner, own(old, name), own(value, name), [...path, fieldElement(name)]);
    }
  }

  #compareItems(type: ListType, old: readonly unknown[], items: readonly unknown[], path: Path): void {
    const before = itemsByElement(type, old);
    const after = itemsByElement(type, items);
    for (const element of new Set([...before.keys(), ...after.keys()]))
      this.#compareSame(type, element, before.get(element) ?? [], after.get(element) ?? [], path);
  }

  /** The items of one identity; of several that cannot be told apart only that they are there is compared. */
  #compareSame(
    type: ListType,
    element: PathElement,
    old: readonly unknown[],
    items: readonly unknown[],
    path: Path,
  ): void {
    const at = [...path, element];
    if (old.length <= 1 && items.length <= 1) this.compare(type.element, old[0], items[0], at);
    else if (old.length > 1 && items.length > 1) {
      if (!sameJson(old, items)) this.modified.insert(at);
    } else if (old.length > 1) {
      if (items.length > 0) this.compare(type.element, undefined, items[0], at);
      this.removed.insert(at);
    } else {
      if (old.length > 0) this.compare(type.element, old[0], undefined, at);
      this.added.insert(at);
    }
  }
}

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const asObject = (value: unknown): Record<string, unknown> => (isJsonObject(value) ? value : {});

/** Whether a list or object has nothing in it, or is none. */
export const isEmpty = (value: unknown): boolean =>
  asList(value).length === 0 && Object.keys(asObject(value)).length === 0;

/** The value under a name that may be one which every object inherits. */
export const own = (object: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;
