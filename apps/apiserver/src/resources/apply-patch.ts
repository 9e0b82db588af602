import {
  applyFaults,
  badRequest,
  conflict,
  DecodeError,
  duplicateFields,
  faultsText,
  formatTime,
  ignoredFields,
  type Kind,
  objectTypeOf,
  serverSideApply,
} from '@hawser/api';
import { isTrue, readBody } from '@hawser/http';
import type { AnyObject } from '@hawser/registry';
import type { Clock } from '@hawser/runtime';
import type { RequestContext } from '../pipeline/request-context.ts';
import { BodySyntaxError } from './body-syntax-error.ts';
import { checkName } from './check-name.ts';
import { parseJson } from './parse-json.ts';
import { parseYaml } from './parse-yaml.ts';
import { writeOptionsOf } from './write-options.ts';

/** What is applied, as it was sent. */
export type Config = Record<string, unknown>;

/**
 * Reads a request's applied configuration (apiserver/pkg/endpoints/handlers/patch.go, applyPatcher).
 * @param kind what it is to be.
 * @throws ApiError BadRequest where it does not fit the kind.
 */
export async function readConfiguration(context: RequestContext, kind: Kind): Promise<Config> {
  const { fieldValidation } = writeOptionsOf(context);
  const { config, duplicates } = parseConfig(await readBody(context.request));
  checkConfig(context, kind, config);
  if (fieldValidation === 'Strict' && duplicates.length > 0)
    throw badRequest(`error strict decoding patch: ${duplicates.join(', ')}`);
  if (fieldValidation === 'Warn') for (const text of duplicates) context.warnings.push(text);
  return config;
}

function parseConfig(body: Buffer): { config: Config; duplicates: readonly string[] } {
  let parsed: { value: unknown; duplicates: readonly string[] };
  try {
    parsed = parse(body);
  } catch (cause) {
    if (!(cause instanceof BodySyntaxError)) throw cause;
    throw badRequest(`error decoding patch: ${cause.message}`, cause);
  }
  const { value, duplicates } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('error decoding patch: the configuration is not an object');
  return { config: value as Config, duplicates };
}

/** Most clients send JSON, which is parsed as such: it may be larger, and is read faster. */
function parse(body: Buffer): { value: unknown; duplicates: readonly string[] } {
  const text = body.toString();
  if (text.trimStart().startsWith('{')) {
    try {
      return { value: parseJson(text), duplicates: duplicateFields(text) };
    } catch (error) {
      if (!(error instanceof BodySyntaxError)) throw error;
    }
  }
  return parseYaml(body);
}

function checkConfig(context: RequestContext, kind: Kind, config: Config): void {
  if (config['apiVersion'] !== kind.apiVersion || config['kind'] !== kind.kind)
    throw badRequest(`invalid object type: ${typeText(config)}`);
  const { managedFields } = (config['metadata'] ?? {}) as Config;
  if (Array.isArray(managedFields)) throw badRequest('metadata.managedFields must be nil');
  const faults = applyFaults(objectTypeOf(kind.schema), config);
  if (faults.length > 0)
    throw badRequest(
      `failed to create typed patch object (${objectText(context, config)}): ${faultsText(faults)}`,
    );
}

/**
 * Lays a configuration over an object, or over nothing where the object has no UID and is to be created.
 * @returns the applied object, with its managedFields.
 * @throws ApiError Conflict where others own what it would change, BadRequest where it comes to no such object.
 */
export function applyTo(
  context: RequestContext,
  kind: Kind,
  config: Config,
  current: AnyObject,
  clock: Clock,
): AnyObject {
  const { query, subresource } = context.info;
  const live = current.metadata.uid === undefined ? undefined : current;
  if (live === undefined) checkNew(context, kind, config);
  const apply = () =>
    serverSideApply(kind, {
      config,
      live,
      ignored: ignoredFields(kind, subresource),
      manager: query.get('fieldManager')!,
      apiVersion: kind.apiVersion,
      subresource,
      force: isTrue(query.get('force')),
      now: formatTime(clock.now()),
    });
  const applied = decodable(context, config, apply) as unknown as AnyObject;
  checkName(applied, context.info);
  return applied;
}

/** What only an object that exists can be asked for (…/handlers/patch.go, applyPatch). */
function checkNew({ info }: RequestContext, kind: Kind, config: Config): void {
  const { uid, resourceVersion } = (config['metadata'] ?? {}) as Config;
  if (uid)
    throw conflict(
      kind,
      info.name,
      `uid mismatch: the provided object specified uid ${String(uid)}, and no existing object was found`,
    );
  if (resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
}

/** Runs what decodes. @throws ApiError BadRequest where a value is of the right type, and yet none of its kind. */
function decodable<T>(context: RequestContext, config: Config, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(
      `failed to convert new object (${objectText(context, config)}) to proper version: ${error.message}`,
      error,
    );
  }
}

/** An object as messages name it: `default/a; apps/v1, Kind=Deployment`. */
function objectText({ info }: RequestContext, config: Config): string {
  return `${info.namespace}/${info.name}; ${typeText(config)}`;
}

function typeText({ apiVersion, kind }: Config): string {
  const version = typeof apiVersion === 'string' ? apiVersion : '';
  return `${version.includes('/') ? version : `/${version}`}, Kind=${typeof kind === 'string' ? kind : ''}`;
}
