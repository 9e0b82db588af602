import { type JsonObject, setKey } from '../json-object.ts';
import { type ApplyType, isLeaf, type ListType, type MapType, resolved, typeUnder } from './apply-type.ts';
import { asList, asObject, isEmpty, own } from './compare-values.ts';
import { elementOfItem, itemsByElement } from './list-item.ts';
import type { PathElement } from './path-element.ts';

/**
 * Lays an applied value over the one that stands (structured-merge-diff, typed/merge.go): leaves are taken from
 * the applied one where it has them, nothing is removed, and items of lists stand in the applied one's order.
 * @returns the merged value, which may share parts with both; undefined where there is none.
 */
export function mergeValues(declared: ApplyType, standing: unknown, applied: unknown): unknown {
  const type = resolved(declared, standing, applied);
  if (isLeaf(type) || (isEmpty(standing) && isEmpty(applied)))
    return applied === undefined ? standing : applied;
  return type.is === 'list'
    ? mergeItems(type, asList(standing), asList(applied))
    : mergeFields(type, asObject(standing), asObject(applied));
}

function mergeFields(type: MapType, standing: JsonObject, applied: JsonObject): JsonObject {
  const merged: JsonObject = {};
  for (const name of new Set([...Object.keys(standing), ...Object.keys(applied)])) {
    const inner = typeUnder(type, name);
    const value =
      inner === undefined ? own(standing, name) : mergeValues(inner, own(standing, name), own(applied, name));
    if (value !== undefined) setKey(merged, name, value);
  }
  return merged;
}

/**
 * Items that only stand keep their place among those that are applied too, as far as the applied order lets them:
 * of the items that both have, the one that the applied order has next is waited for.
 */
function mergeItems(type: ListType, standing: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const left = identified(type, standing);
  const right = identified(type, applied);
  const before = itemsByElement(type, standing);
  const after = itemsByElement(type, applied);
  const shared = right.map(({ element }) => element).filter((element) => before.has(element));
  const done = new Set<PathElement>();
  const merged: unknown[] = [];
  let next = 0;
  const takeApplied = (element: PathElement) => {
    const stands = before.get(element) ?? [];
    // Items that cannot be told apart give way.
    merged.push(
      mergeValues(type.element, stands.length === 1 ? stands[0] : undefined, after.get(element)![0]),
    );
    done.add(element);
    if (shared[next] === element) next += 1;
  };
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const stands = left[l];
    if (stands !== undefined && !after.has(stands.element)) {
      merged.push(stands.item);
      l += 1;
    } else if (stands !== undefined && (done.has(stands.element) || isSkipped(stands.element, r))) l += 1;
    else {
      takeApplied(right[r]!.element);
      if (stands?.element === right[r]!.element) l += 1;
      r += 1;
    }
  }
  return merged;

  /** A shared item that is not the one whose turn it is: it is merged at its place in the applied order. */
  function isSkipped(element: PathElement, at: number): boolean {
    return (
      at < right.length && right[at]!.element !== element && next < shared.length && shared[next] !== element
    );
  }
}

function identified(type: ListType, items: readonly unknown[]): { element: PathElement; item: unknown }[] {
  return items.flatMap((item) => {
    const found = elementOfItem(type, item);
    return 'fault' in found ? [] : [{ element: found.element, item }];
  });
}
