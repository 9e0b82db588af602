import {
  badRequest,
  DecodeError,
  decodeObject,
  decodeProtobuf,
  duplicateFields,
  type Kind,
  PROTOBUF_MEDIA_TYPE,
  ProtobufError,
  type TypeMeta,
  unsupportedMediaType,
} from '@hawser/api';
import { parseMediaType, readBody } from '@hawser/http';
import type { AnyObject } from '@hawser/registry';
import type { RequestContext } from '../pipeline/request-context.ts';
import { BodySyntaxError } from './body-syntax-error.ts';
import { parseJson } from './parse-json.ts';
import { parseYaml } from './parse-yaml.ts';
import { withReset } from './with-reset.ts';
import { writeOptionsOf } from './write-options.ts';

const JSON_TYPE = 'application/json';
const YAML_TYPE = 'application/yaml';

/**
 * Reads an object of a kind from a request's body: JSON, YAML or protobuf.
 * @throws ApiError BadRequest on what is no such object, UnsupportedMediaType, RequestEntityTooLarge.
 */
export async function readObject(context: RequestContext, kind: Kind): Promise<AnyObject> {
  const { type } = parseMediaType(context.request.headers['content-type'] ?? JSON_TYPE);
  const body = await readBody(context.request);
  const { value, duplicates } = parse(type, body, kind);
  return decodeAs(
    context,
    kind,
    value,
    writeOptionsOf(context).fieldValidation === 'Ignore' ? [] : duplicates(),
  );
}

/**
 * Parses a body of any of the three media types.
 * @param fallback what a protobuf body is where it does not say.
 */
export function parseBody(type: string, body: Buffer, fallback: TypeMeta): unknown {
  return parse(type, body, fallback).value;
}

interface ParsedBody {
  readonly value: unknown;
  /** Fields of the body that stood more than once; looked for when asked. */
  readonly duplicates: () => readonly string[];
}

function parse(type: string, body: Buffer, fallback: TypeMeta): ParsedBody {
  if (type === PROTOBUF_MEDIA_TYPE) return { value: parseProtobuf(body, fallback), duplicates: () => [] };
  if (type !== JSON_TYPE && type !== YAML_TYPE)
    throw unsupportedMediaType([JSON_TYPE, YAML_TYPE, PROTOBUF_MEDIA_TYPE]);
  try {
    if (type === YAML_TYPE) {
      const { value, duplicates } = parseYaml(body);
      return { value, duplicates: () => duplicates };
    }
    const text = body.toString();
    return { value: parseJson(text), duplicates: () => duplicateFields(text) };
  } catch (cause) {
    if (!(cause instanceof BodySyntaxError)) throw cause;
    throw badRequest(`couldn't get version/kind; ${cause.message}`, cause);
  }
}

function parseProtobuf(body: Buffer, { apiVersion, kind }: TypeMeta): unknown {
  try {
    return decodeProtobuf(body, { apiVersion, kind });
  } catch (cause) {
    if (!(cause instanceof ProtobufError)) throw cause;
    throw badRequest(cause.message, cause);
  }
}

/**
 * Takes a parsed body for an object of a kind; what it does not have is refused, warned of or ignored as the
 * request's `fieldValidation` asks (Warn where it says nothing, as upstream since 1.27).
 * @param duplicates fields of the body that stood more than once, which are taken the same way.
 */
export function decodeAs(
  context: RequestContext,
  kind: Kind,
  value: unknown,
  duplicates: readonly string[] = [],
): AnyObject {
  const given = value as { apiVersion?: unknown; kind?: unknown } | null;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw badRequest(`couldn't get version/kind; json parse error: the body is not an object`);
  checkTypeMeta(kind, given);
  const unknown = [...duplicates];
  const object = decodeOrRefuse(kind, given, unknown);
  applyFieldValidation(context, unknown);
  const decoded = { kind: kind.kind, apiVersion: kind.apiVersion, metadata: {}, ...object };
  return withReset(decoded as unknown as AnyObject, given);
}

function checkTypeMeta(kind: Kind, given: { apiVersion?: unknown; kind?: unknown }): void {
  if (given.apiVersion !== undefined && given.apiVersion !== kind.apiVersion)
    throw badRequest(
      `the API version in the data (${String(given.apiVersion)}) does not match the expected API version (${kind.apiVersion})`,
    );
  if (given.kind !== undefined && given.kind !== kind.kind)
    throw badRequest(
      `the kind in the data (${String(given.kind)}) does not match the expected kind (${kind.kind})`,
    );
}

function decodeOrRefuse(kind: Kind, value: object, unknown: string[]): Record<string, unknown> {
  try {
    return decodeObject(kind.schema, value, unknown);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${error.message}`,
      error,
    );
  }
}

function applyFieldValidation(context: RequestContext, unknown: readonly string[]): void {
  const { fieldValidation: mode } = writeOptionsOf(context);
  if (mode === 'Strict' && unknown.length > 0)
    throw badRequest(`strict decoding error: ${unknown.join(', ')}`);
  // One by one: there may be more than a call can have arguments.
  if (mode === 'Warn') for (const text of unknown) context.warnings.push(text);
}
