import { isJsonObject, type JsonObject, setKey } from '../json-object.ts';
import type { AnyMessage, Field } from '../schema/fields.ts';
import { arrange, type ItemKey } from './arrange.ts';
import { checkedPatch, PatchError } from './patch-error.ts';

/**
 * Strategic merge patch (apimachinery/pkg/util/strategicpatch): a merge patch that knows from the tables which
 * lists are merged item by item, and by which key. Its directives:
 * - `$patch: replace | delete` in an object, or in an item of a merged list;
 * - `$retainKeys: [a, b]` in an object: all other fields go;
 * - `$deleteFromPrimitiveList/FIELD: [...]`: these scalars go from a merged list;
 * - `$setElementOrder/FIELD: [...]`: how the items of a merged list are to stand.
 */

const PATCH = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const SET_ORDER = '$setElementOrder/';

/**
 * @param message the table of the object.
 * @returns the patched object; neither argument is to be used after.
 * @throws PatchError where the patch is no object or nests too deep, on a directive that is unknown or contradicts
 * the rest, or an item without its key.
 */
export function applyStrategicMergePatch(
  message: AnyMessage,
  object: JsonObject,
  patch: unknown,
): JsonObject {
  return mergeObject(message, object, checkedPatch(patch));
}

function mergeObject(message: AnyMessage | undefined, original: JsonObject, patch: JsonObject): JsonObject {
  if (PATCH in patch) return directed(patch);
  const result = { ...original };
  retainKeys(result, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(DELETE_FROM)) deleteScalars(result, key.slice(DELETE_FROM.length), value);
    else if (value === null) delete result[key];
    else if (!isDirective(key)) mergeField(message, result, key, value, patch[SET_ORDER + key]);
  }
  // An order may be given for a list of which nothing changes.
  for (const [key, order] of Object.entries(patch)) {
    const name = key.slice(SET_ORDER.length);
    if (key.startsWith(SET_ORDER) && !(name in patch)) reorder(message, result, name, order);
  }
  return result;
}

function directed(patch: JsonObject): JsonObject {
  const { [PATCH]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw new PatchError(
    `unknown patch type ${JSON.stringify(directive)} in ${JSON.stringify(rest).slice(0, 200)}`,
  );
}

function mergeField(
  message: AnyMessage | undefined,
  result: JsonObject,
  key: string,
  value: unknown,
  order: unknown,
): void {
  const field = message && fieldOf(message, key);
  const original = result[key];
  if (isJsonObject(value)) {
    if (isJsonObject(original)) result[key] = mergeObject(elementOf(field), original, value);
    else if (!(PATCH in value)) setKey(result, key, withoutDirectives(value));
    return;
  }
  if (!Array.isArray(value)) {
    setKey(result, key, value);
    return;
  }
  const list = Array.isArray(original) ? original : [];
  const merges = field?.shape === 'list' && field.options.mergeKey !== undefined;
  setKey(result, key, merges ? mergeList(field, list, value, orderOf(key, order)) : withoutDirectives(value));
}

/** Merges a list item by item and puts it in order: as told, else as patched, and else as it stood. */
function mergeList(
  field: Field,
  original: unknown[],
  patch: unknown[],
  order: unknown[] | undefined,
): unknown[] {
  const mergeKey = field.options.mergeKey!;
  if (mergeKey === '')
    return arrange([...new Set([...original, ...patch])], order ?? patch, original, (item) => item);
  const keyOf = keyReader(mergeKey);
  const plain = patch.filter((item) => !isJsonObject(item) || !(PATCH in item));
  if (order !== undefined) checkOrder(plain.map(keyOf), order.map(keyOf));
  const kept = applyItemDirectives(original, patch, keyOf);
  const merged = new Map(kept.map((item) => [keyOf(item), item]));
  for (const item of plain) {
    const current = merged.get(keyOf(item));
    const next =
      current === undefined
        ? withoutDirectives(item)
        : mergeObject(elementOf(field), current as JsonObject, item as JsonObject);
    merged.set(keyOf(item), next);
  }
  return arrange([...merged.values()], order ?? plain, original, keyOf);
}

/** What `$patch` in items leaves of a list: `delete` takes the item of that key, `replace` all of them. */
function applyItemDirectives(original: unknown[], patch: unknown[], keyOf: ItemKey): unknown[] {
  let kept = original;
  for (const item of patch) {
    if (!isJsonObject(item) || !(PATCH in item)) continue;
    if (item[PATCH] === 'replace') kept = [];
    else if (item[PATCH] === 'delete') {
      const doomed = keyOf(item);
      kept = kept.filter((each) => keyOf(each) !== doomed);
    } else throw new PatchError(`unknown patch type ${JSON.stringify(item[PATCH])} in a list`);
  }
  return kept;
}

function keyReader(mergeKey: string): ItemKey {
  return (item) => {
    if (!isJsonObject(item))
      throw new PatchError(`an item of a list that is merged by ${mergeKey} is no object`);
    if (item[mergeKey] === undefined)
      throw new PatchError(
        `map: ${JSON.stringify(item).slice(0, 200)} does not contain declared merge key: ${mergeKey}`,
      );
    return item[mergeKey];
  };
}

/** The items of a patch must be among the ordered ones, and in that order. */
function checkOrder(keys: unknown[], order: unknown[]): void {
  let at = 0;
  for (const key of keys) {
    while (at < order.length && order[at] !== key) at += 1;
    if (at === order.length)
      throw new PatchError(`the order in the patch list doesn't match ${SET_ORDER} list`);
    at += 1;
  }
}

function reorder(message: AnyMessage | undefined, result: JsonObject, name: string, order: unknown): void {
  const list = result[name];
  const mergeKey = (message && fieldOf(message, name))?.options.mergeKey;
  if (!Array.isArray(list) || mergeKey === undefined) return;
  result[name] = arrange(
    list,
    orderOf(name, order)!,
    list,
    mergeKey === '' ? (item) => item : keyReader(mergeKey),
  );
}

function orderOf(name: string, order: unknown): unknown[] | undefined {
  if (order === undefined || Array.isArray(order)) return order;
  throw new PatchError(`invalid patch format of ${SET_ORDER}${name}: not a list`);
}

function deleteScalars(result: JsonObject, name: string, doomed: unknown): void {
  if (!Array.isArray(doomed))
    throw new PatchError(`invalid patch format of ${DELETE_FROM}${name}: not a list`);
  const list = result[name];
  if (Array.isArray(list)) result[name] = list.filter((item) => !doomed.includes(item));
}

function retainKeys(result: JsonObject, patch: JsonObject): void {
  const retained = patch[RETAIN_KEYS];
  if (retained === undefined) return;
  if (!Array.isArray(retained)) throw new PatchError(`invalid patch format of ${RETAIN_KEYS}: not a list`);
  for (const [key, value] of Object.entries(patch))
    if (value !== null && !isDirective(key) && !retained.includes(key))
      throw new PatchError(`invalid patch format of ${RETAIN_KEYS}: ${key} is patched but not retained`);
  for (const key of Object.keys(result)) if (!retained.includes(key)) delete result[key];
}

function isDirective(key: string): boolean {
  return key === PATCH || key === RETAIN_KEYS || key.startsWith(DELETE_FROM) || key.startsWith(SET_ORDER);
}

/** A value that meets nothing to merge with: directives and nulls in it have done their work. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((item) => !isJsonObject(item) || !(PATCH in item)).map(withoutDirectives);
  if (!isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const dropped = item === null || isDirective(key) || (isJsonObject(item) && PATCH in item);
    if (!dropped) setKey(result, key, withoutDirectives(item));
  }
  return result;
}

/** The field of that JSON name; those of embedded structures count as the parent's own. */
function fieldOf(message: AnyMessage, name: string): Field | undefined {
  const fields = message.fields as Record<string, Field>;
  if (Object.hasOwn(fields, name) && fields[name]!.shape !== 'inline') return fields[name];
  for (const field of Object.values(fields)) {
    const found = field.shape === 'inline' ? fieldOf(field.type as AnyMessage, name) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function elementOf(field: Field | undefined): AnyMessage | undefined {
  return field === undefined || typeof field.type === 'string' || field.shape === 'map'
    ? undefined
    : field.type;
}
