import { isJsonObject, type JsonObject, setKey } from '../json-object.ts';
import type { AnyMessage, Field } from '../schema/fields.ts';
import { excerpt } from '../status/excerpt.ts';
import { arrange, type ItemKey } from './arrange.ts';
import { checkedPatch, PatchError } from './patch-error.ts';
import { elementOf, fieldOf } from './patch-fields.ts';

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
const MAX_FIELDS = 200;

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
  throw unknownDirective(patch);
}

/** The fields of a patch are named and their values are not: they may be secret. */
function unknownDirective({ [PATCH]: directive, ...rest }: JsonObject): PatchError {
  const type = typeof directive === 'string' ? directive : JSON.stringify(directive);
  return new PatchError(`unknown patch type: ${excerpt(type)} in map: ${fieldsOf(rest)}`);
}

function fieldsOf(object: JsonObject): string {
  return excerpt(`map[${Object.keys(object).sort().join(' ')}]`, MAX_FIELDS);
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
    if (isJsonObject(original) && !field?.options.replaces)
      result[key] = mergeObject(elementOf(field), original, value);
    else if (!(PATCH in value)) setKey(result, key, withoutDirectives(value));
    return;
  }
  if (!Array.isArray(value)) {
    setKey(result, key, value);
    return;
  }
  const list = Array.isArray(original) ? original : [];
  const merges = field?.shape === 'list' && field.options.mergeKey !== undefined;
  setKey(result, key, merges ? mergeList(field, list, value, orderOf(order)) : withoutDirectives(value));
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
  const merged = applyItemDirectives(original, patch, keyOf);
  // The key need not be unique, as that of ports that differ by protocol: the first of that key is the one meant.
  const at = new Map<unknown, number>();
  for (const [i, item] of merged.entries()) if (!at.has(keyOf(item))) at.set(keyOf(item), i);
  for (const item of plain) {
    const found = at.get(keyOf(item));
    if (found === undefined) {
      at.set(keyOf(item), merged.length);
      merged.push(withoutDirectives(item));
    } else merged[found] = mergeObject(elementOf(field), merged[found] as JsonObject, item as JsonObject);
  }
  return arrange(merged, order ?? plain, original, keyOf);
}

/** What `$patch` in items leaves of a list: `delete` takes the item of that key, `replace` all of them. */
function applyItemDirectives(original: unknown[], patch: unknown[], keyOf: ItemKey): unknown[] {
  const doomed = new Set<unknown>();
  let replaces = false;
  for (const item of patch) {
    if (!isJsonObject(item) || !(PATCH in item)) continue;
    if (item[PATCH] === 'replace') replaces = true;
    else if (item[PATCH] === 'delete') doomed.add(keyOf(item));
    else if (item[PATCH] === 'merge')
      throw new PatchError('merging lists cannot yet be specified in the patch');
    else throw unknownDirective(item);
  }
  return replaces ? [] : original.filter((item) => doomed.size === 0 || !doomed.has(keyOf(item)));
}

function keyReader(mergeKey: string): ItemKey {
  return (item) => {
    if (!isJsonObject(item)) throw new PatchError(`expected a map, but received a ${goType(item)}`);
    if (item[mergeKey] === undefined)
      throw new PatchError(`map: ${fieldsOf(item)} does not contain declared merge key: ${mergeKey}`);
    return item[mergeKey];
  };
}

/** The items of a patch must be among the ordered ones, and in that order. */
function checkOrder(keys: unknown[], order: unknown[]): void {
  let at = 0;
  for (const key of keys) {
    while (at < order.length && order[at] !== key) at += 1;
    if (at === order.length)
      throw new PatchError(
        `The order in patch list:\n${listOf(keys)}\n doesn't match $setElementOrder list:\n${listOf(order)}\n`,
      );
    at += 1;
  }
}

function listOf(keys: readonly unknown[]): string {
  return excerpt(`[${keys.map(String).join(' ')}]`, MAX_FIELDS);
}

/** What Go calls the type of a JSON value. */
function goType(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) return 'slice';
  return typeof value === 'object' ? 'map' : typeof value === 'boolean' ? 'bool' : typeof value;
}

function reorder(message: AnyMessage | undefined, result: JsonObject, name: string, order: unknown): void {
  const list = result[name];
  const mergeKey = (message && fieldOf(message, name))?.options.mergeKey;
  if (!Array.isArray(list) || mergeKey === undefined) return;
  result[name] = arrange(list, orderOf(order)!, list, mergeKey === '' ? (item) => item : keyReader(mergeKey));
}

function orderOf(order: unknown): unknown[] | undefined {
  if (order === undefined || Array.isArray(order)) return order;
  throw new PatchError('invalid patch format of setElementOrder list');
}

function deleteScalars(result: JsonObject, name: string, doomed: unknown): void {
  if (!Array.isArray(doomed)) throw new PatchError('invalid patch format of primitive list');
  const list = result[name];
  const gone = new Set<unknown>(doomed);
  if (Array.isArray(list))
    setKey(
      result,
      name,
      list.filter((item) => !gone.has(item)),
    );
}

function retainKeys(result: JsonObject, patch: JsonObject): void {
  const retained = patch[RETAIN_KEYS];
  if (retained === undefined) return;
  if (!Array.isArray(retained)) throw new PatchError('invalid patch format of retainKeys');
  const kept = new Set<unknown>(retained);
  for (const [key, value] of Object.entries(patch))
    if (value !== null && !isDirective(key) && !kept.has(key))
      throw new PatchError('invalid patch format of retainKeys');
  for (const key of Object.keys(result)) if (!kept.has(key)) delete result[key];
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
