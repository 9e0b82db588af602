import {
  applyMergePatch,
  applyStrategicMergePatch,
  badRequest,
  DecodeError,
  decodeObject,
  duplicateFields,
  excerpt,
  invalid,
  invalidValue,
  type Kind,
  PatchError,
  type TypeMeta,
  unsupportedMediaType,
} from '@hawser/api';
import type { Authorizer } from '@hawser/authz';
import { parseMediaType, readBody } from '@hawser/http';
import { type AnyObject, type Resource, updateObject } from '@hawser/registry';
import type { Clock } from '@hawser/runtime';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { applyTo, readConfiguration } from './apply-patch.ts';
import { authorizeCreation } from './authorize-creation.ts';
import { BodySyntaxError } from './body-syntax-error.ts';
import { APPLY_PATCH, isApply } from './is-apply.ts';
import { applyJsonPatch } from './json-patch.ts';
import { parseJson } from './parse-json.ts';
import { renderEntry } from './render.ts';
import { withReset } from './with-reset.ts';
import { writeContextOf } from './write-context.ts';
import { writeOptionsOf } from './write-options.ts';

type Patcher = (object: AnyObject, patch: unknown, kind: Kind) => unknown;

const PATCHERS: Readonly<Record<string, Patcher>> = {
  'application/json-patch+json': applyJsonPatch,
  'application/merge-patch+json': applyMergePatch,
  // What it says of the kind changes nothing: the path says it.
  'application/strategic-merge-patch+json': (object, patch, { schema, apiVersion, kind }) => ({
    ...applyStrategicMergePatch(schema, object, patch),
    apiVersion,
    kind,
  }),
};

/** PATCH of an object or of its status; what is applied is created where it does not exist. */
export async function handlePatch(
  resource: Resource,
  context: RequestContext,
  authorizer: Authorizer,
): Promise<Answer> {
  const { namespace, name, subresource } = context.info;
  const change = await readPatch(context, resource.kind, resource.clock);
  const creation =
    isApply(context) && subresource === ''
      ? { mayCreate: () => authorizeCreation(authorizer, context), createsMissing: true as const }
      : {};
  const request = { namespace, name, subresource, change, ...creation };
  const { entry, created } = await updateObject(resource, request, writeContextOf(context));
  return renderEntry(context, resource.kind, entry, created ? 201 : 200);
}

/**
 * Reads a request's patch.
 * @returns what makes of an object the patched one; it throws ApiError where the patch does not apply to it.
 */
export async function readPatch(
  context: RequestContext,
  kind: Kind,
  clock: Clock,
): Promise<(current: AnyObject) => AnyObject> {
  if (isApply(context)) {
    const config = await readConfiguration(context, kind);
    return (current) => applyTo(context, kind, config, current, clock);
  }
  const apply = patcherFor(context);
  const text = (await readBody(context.request)).toString();
  const patch = parsePatch(text);
  const strict = writeOptionsOf(context).fieldValidation === 'Ignore' ? [] : strictFaults(text, patch);
  return (current) => {
    const patched = applied(() => apply(current, patch, kind));
    return readPatched(context, kind, patched, strict);
  };
}

const OPERATION_FIELDS = new Set(['op', 'path', 'from', 'value']);

/** What a patch says twice, and what the operations of a JSON patch do not have. */
function strictFaults(text: string, patch: unknown): string[] {
  const repeated = duplicateFields(text);
  if (!Array.isArray(patch)) return repeated;
  const unknown = patch.flatMap((operation: unknown, i) =>
    Object.keys(operation ?? {})
      .filter((field) => !OPERATION_FIELDS.has(field))
      .map((field) => `unknown field ${JSON.stringify(`[${i}].${field}`)}`),
  );
  return [...repeated, ...unknown].map((fault) => `json patch ${fault}`);
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
  if (patcher === undefined) throw unsupportedMediaType([...Object.keys(PATCHERS), APPLY_PATCH]);
  return patcher;
}

function parsePatch(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    if (!(cause instanceof BodySyntaxError)) throw cause;
    throw badRequest(`error decoding patch: ${cause.message}`, cause);
  }
}

/** A patched object that is none of its kind any more is Invalid, as upstream says it of the field `patch`. */
function readPatched(
  context: RequestContext,
  kind: Kind,
  value: unknown,
  strict: readonly string[],
): AnyObject {
  const unknown = [...strict];
  // Of what is patched nothing is said back: it may be secret.
  const refuse = (why: string) => invalid({ group: '', kind: '' }, '', [invalidValue('patch', '', why)]);
  const { apiVersion = kind.apiVersion, kind: name = kind.kind } = (value ?? {}) as Partial<TypeMeta>;
  if (apiVersion !== kind.apiVersion || name !== kind.kind)
    throw refuse(
      `unable to decode ${excerpt(String(apiVersion))}, Kind=${excerpt(String(name))} into ${kind.kind}`,
    );
  let object: Record<string, unknown>;
  try {
    object = decodeObject(kind.schema, value, unknown);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw refuse(error.message);
  }
  const { fieldValidation: mode } = writeOptionsOf(context);
  if (mode === 'Strict' && unknown.length > 0) throw refuse(`strict decoding error: ${unknown.join(', ')}`);
  if (mode === 'Warn') for (const text of unknown) context.warnings.push(text);
  return withReset(
    { kind: kind.kind, apiVersion: kind.apiVersion, ...object } as unknown as AnyObject,
    value as object,
  );
}
