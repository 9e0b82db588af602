import { nestsTooDeep } from '../decode/nesting.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import type { ApplyType } from './apply-type.ts';
import { compareValues } from './compare-values.ts';
import type { FieldSet } from './field-set.ts';
import { fieldSetOf } from './field-set-of.ts';
import { fieldElement, goJson } from './path-element.ts';

/** Where `kubectl apply` without `--server-side` keeps what it applied. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
export const LAST_APPLIED_FIELD = ['metadata', 'annotations', LAST_APPLIED].map(fieldElement);
const MAX_ANNOTATIONS = 256 * 1024;

/**
 * The fields that kubectl applied from the client's side and that still are as it applied them
 * (apimachinery/pkg/util/managedfields, lastAppliedManager).
 * @returns undefined where the object does not say what they are.
 */
export function lastAppliedFields(type: ApplyType, live: JsonObject): FieldSet | undefined {
  const config = lastAppliedTo(live);
  if (config === undefined || config['apiVersion'] !== live['apiVersion']) return undefined;
  const { added, modified, removed } = compareValues(type, config, live);
  return fieldSetOf(type, config).difference(modified).difference(added).difference(removed);
}

function lastAppliedTo(object: JsonObject): JsonObject | undefined {
  const text = annotationsOf(object)[LAST_APPLIED];
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const config: unknown = JSON.parse(text);
    return isJsonObject(config) && !nestsTooDeep(config) ? config : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the annotation, where there is one, in step with what kubectl applies from the server's side. */
export function withLastApplied(object: JsonObject, config: JsonObject): JsonObject {
  const annotations = annotationsOf(object);
  if (!annotations[LAST_APPLIED]) return object;
  const { [LAST_APPLIED]: _last, ...others } = annotations;
  const text = `${goJson(withoutLastApplied(config))}\n`;
  const kept = { ...others, [LAST_APPLIED]: text };
  const metadata = { ...(object['metadata'] as JsonObject) };
  return {
    ...object,
    metadata: { ...metadata, annotations: sizeOf(kept) > MAX_ANNOTATIONS ? others : kept },
  };
}

function withoutLastApplied(config: JsonObject): JsonObject {
  const metadata = config['metadata'];
  if (!isJsonObject(metadata) || !isJsonObject(metadata['annotations'])) return config;
  const { [LAST_APPLIED]: _last, ...annotations } = metadata['annotations'];
  return { ...config, metadata: { ...metadata, annotations } };
}

function annotationsOf({ metadata }: JsonObject): JsonObject {
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  return isJsonObject(annotations) ? annotations : {};
}

const encoder = new TextEncoder();

function sizeOf(annotations: JsonObject): number {
  return Object.entries(annotations).reduce(
    (size, [key, value]) => size + encoder.encode(key).length + encoder.encode(String(value)).length,
    0,
  );
}
