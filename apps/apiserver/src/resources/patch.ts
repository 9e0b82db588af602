import {
  ApiError,
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  DecodeError,
  decodeObject,
  fieldErrorMessage,
  invalidValue,
  type Kind,
  PatchError,
  unsupportedMediaType,
} from '@hawser/api';
import { parseMediaType, readBody } from '@hawser/http';
import { type AnyObject, type Resource, updateObject } from '@hawser/registry';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { BodySyntaxError } from './body-syntax-error.ts';
import { applyJsonPatch } from './json-patch.ts';
import { parseJson } from './parse-json.ts';
import { renderEntry } from './render.ts';
import { writeContextOf } from './write-context.ts';

type Patcher = (object: AnyObject, patch: unknown, kind: Kind) => unknown;

const PATCHERS: Readonly<Record<string, Patcher>> = {
  'application/json-patch+json': applyJsonPatch,
  'application/merge-patch+json': applyMergePatch,
  'application/strategic-merge-patch+json': (object, patch, { schema }) =>
    applyStrategicMergePatch(schema, object, patch),
};

/** PATCH of an object or of its status. */
export async function handlePatch(resource: Resource, context: RequestContext): Promise<Answer> {
  const { namespace, name, subresource } = context.info;
  const change = await readPatch(context, resource.kind);
  const { entry } = await updateObject(
    resource,
    { namespace, name, subresource, change },
    writeContextOf(context),
  );
  return renderEntry(context, resource.kind, entry);
}

/**
 * Reads a request's patch.
 * @returns what makes of an object the patched one; it throws ApiError where the patch does not apply to it.
 */
export async function readPatch(
  context: RequestContext,
  kind: Kind,
): Promise<(current: AnyObject) => AnyObject> {
  const apply = patcherFor(context);
  const patch = parsePatch(await readBody(context.request));
  return (current) =>
    readPatched(
      context,
      kind,
      applied(() => apply(current, patch, kind)),
    );
}

/** What a patch gets wrong by itself is the client's fault. */
function applied<T>(apply: () => T): T {
  try {
    return apply();
  } catch (cause) {
    if (cause instanceof PatchError) throw badRequest(cause.message, cause);
    throw cause;
  }
}

function patcherFor({ request }: RequestContext): Patcher {
  const { type } = parseMediaType(request.headers['content-type'] ?? '');
  const patcher = Object.hasOwn(PATCHERS, type) ? PATCHERS[type] : undefined;
  if (patcher === undefined) throw unsupportedMediaType(Object.keys(PATCHERS));
  return patcher;
}

function parsePatch(body: Buffer): unknown {
  try {
    return parseJson(body.toString());
  } catch (cause) {
    if (!(cause instanceof BodySyntaxError)) throw cause;
    throw badRequest(`error decoding patch: ${cause.message}`, cause);
  }
}

/** A patched object that is none of its kind any more is Invalid, as upstream says it of the field `patch`. */
function readPatched({ info, warnings }: RequestContext, kind: Kind, value: unknown): AnyObject {
  const unknown: string[] = [];
  const refuse = (why: string, cause?: unknown) => {
    const fault = invalidValue('patch', '', why);
    return new ApiError('Invalid', ` "" is invalid: ${fieldErrorMessage(fault)}`, undefined, { cause });
  };
  let object: Record<string, unknown>;
  try {
    object = decodeObject(kind.schema, value, unknown);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw refuse(error.message, error);
  }
  const mode = info.query.get('fieldValidation') || 'Warn';
  if (mode === 'Strict' && unknown.length > 0) throw refuse(`strict decoding error: ${unknown.join(', ')}`);
  if (mode === 'Warn') for (const text of unknown) warnings.push(text);
  return { kind: kind.kind, apiVersion: kind.apiVersion, ...object } as unknown as AnyObject;
}
