import { isJsonObject, type JsonObject } from '../json-object.ts';
import { FieldSet } from './field-set.ts';
import { type PathElement, parsePathElement, sortedPathElements } from './path-element.ts';

/**
 * FieldsV1, the JSON of a field set: an object of path elements, in which `{}` is a member, and `"."` says that
 * what has parts is a member itself (structured-merge-diff, fieldpath/serialize.go).
 */

const SELF = '.';

export function encodeFieldsV1(set: FieldSet): JsonObject {
  return encode(set, false);
}

function encode(set: FieldSet, isMember: boolean): JsonObject {
  const elements = new Set<PathElement>([...set.members, ...set.children.keys()]);
  // The keys begin with `f:` and the like: none could be taken for a place in a list, or for `__proto__`.
  const json: JsonObject = isMember && elements.size > 0 ? { [SELF]: {} } : {};
  for (const element of sortedPathElements(elements))
    json[element] = encode(set.child(element), set.members.has(element));
  return json;
}

/** @throws SyntaxError on what is no FieldsV1. */
export function decodeFieldsV1(json: JsonObject): FieldSet {
  const members = new Set<PathElement>();
  const children = new Map<PathElement, FieldSet>();
  for (const [key, value] of Object.entries(json)) {
    if (key === SELF) continue;
    const element = parsePathElement(key);
    if (element === undefined) continue;
    if (value !== null && !isJsonObject(value)) throw new SyntaxError(`not an object: ${key}`);
    const child = decodeFieldsV1(value ?? {});
    if (isMember(value ?? {}, child)) members.add(element);
    if (!child.isEmpty) children.set(element, child);
  }
  return new FieldSet(members, children);
}

const isMember = (json: JsonObject, child: FieldSet) => SELF in json || child.isEmpty;
