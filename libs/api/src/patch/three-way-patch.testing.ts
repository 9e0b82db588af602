/** The strategic merge patches that kubectl makes, for tests (strategicpatch, CreateThreeWayMergePatch). */
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import type { AnyMessage, Field } from '../schema/fields.ts';
import { elementOf, fieldOf } from './patch-fields.ts';

/** What makes `to` of `from`. */
export function twoWayPatch(message: AnyMessage, from: JsonObject, to: JsonObject): JsonObject {
  return threeWayPatch(message, from, to, from);
}

/**
 * What `kubectl apply` sends.
 * @param original what was applied last.
 * @param modified what is applied now; what it lacks of `original` goes.
 * @param current what the server has; what others put there stays.
 */
export function threeWayPatch(
  message: AnyMessage | undefined,
  original: JsonObject,
  modified: JsonObject,
  current: JsonObject,
): JsonObject {
  const patch: JsonObject = {};
  for (const [key, wanted] of Object.entries(modified)) {
    const field = message && fieldOf(message, key);
    const [before, now] = [original[key], current[key]];
    if (isJsonObject(wanted) && isJsonObject(now) && !field?.options.replaces) {
      const inner = threeWayPatch(elementOf(field), isJsonObject(before) ? before : {}, wanted, now);
      if (Object.keys(inner).length > 0) patch[key] = retained(field, inner, wanted);
    } else if (Array.isArray(wanted) && Array.isArray(now) && field?.options.mergeKey !== undefined)
      Object.assign(patch, listPatch(field, key, Array.isArray(before) ? before : [], wanted, now));
    else if (!isDeepStrictEqual(wanted, now)) patch[key] = wanted;
  }
  for (const key of Object.keys(original)) if (!(key in modified) && key in current) patch[key] = null;
  return patch;
}

function retained(field: Field | undefined, patch: JsonObject, wanted: JsonObject): JsonObject {
  return field?.options.retainKeys ? { ...patch, $retainKeys: Object.keys(wanted).sort() } : patch;
}

function listPatch(
  field: Field,
  key: string,
  original: unknown[],
  modified: unknown[],
  current: unknown[],
): JsonObject {
  const mergeKey = field.options.mergeKey!;
  if (mergeKey === '') return scalarsPatch(key, original, modified, current);
  const idOf = (item: unknown) => (item as JsonObject)[mergeKey];
  const find = (list: unknown[], id: unknown) =>
    list.find((item) => idOf(item) === id) as JsonObject | undefined;
  const items: unknown[] = [];
  for (const wanted of modified as JsonObject[]) {
    const now = find(current, idOf(wanted));
    if (now === undefined) items.push(wanted);
    else {
      const inner = threeWayPatch(elementOf(field), find(original, idOf(wanted)) ?? {}, wanted, now);
      if (Object.keys(inner).length > 0)
        items.push({ ...retained(field, inner, wanted), [mergeKey]: idOf(wanted) });
    }
  }
  for (const item of original)
    if (!find(modified, idOf(item)) && find(current, idOf(item)))
      items.push({ $patch: 'delete', [mergeKey]: idOf(item) });
  const sameOrder = isDeepStrictEqual(modified.map(idOf), current.map(idOf));
  if (items.length === 0 && sameOrder) return {};
  return {
    ...(items.length > 0 && { [key]: items }),
    [`$setElementOrder/${key}`]: modified.map((item) => ({ [mergeKey]: idOf(item) })),
  };
}

function scalarsPatch(key: string, original: unknown[], modified: unknown[], current: unknown[]): JsonObject {
  const added = modified.filter((item) => !current.includes(item));
  const gone = original.filter((item) => !modified.includes(item) && current.includes(item));
  if (added.length === 0 && gone.length === 0 && isDeepStrictEqual(modified, current)) return {};
  return {
    ...(added.length > 0 && { [key]: added }),
    ...(gone.length > 0 && { [`$deleteFromPrimitiveList/${key}`]: gone }),
    [`$setElementOrder/${key}`]: modified,
  };
}
