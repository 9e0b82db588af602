import type { ConnectOption } from '../schema/kind.ts';
import type { OpenApiParameter, OpenApiSchema } from './open-api-types.ts';

const text: OpenApiSchema = { type: 'string', uniqueItems: true };
const flag: OpenApiSchema = { type: 'boolean', uniqueItems: true };
const integer: OpenApiSchema = { type: 'integer', uniqueItems: true };

function query(name: string, schema: OpenApiSchema, description: string): OpenApiParameter {
  return { name, in: 'query', description, schema };
}

function inPath(name: string, description: string): OpenApiParameter {
  return { name, in: 'path', required: true, description, schema: text };
}

export const nameInPath = (kind: string): OpenApiParameter => inPath('name', `Name of the ${kind}.`);
export const namespaceInPath = inPath('namespace', 'Namespace of the objects.');
export const pretty = query('pretty', text, 'With true, the answer is indented.');

const dryRun = query('dryRun', text, 'With All, everything is done but the storing.');
const fieldManager = query('fieldManager', text, 'Name of the actor that makes the change.');
const fieldValidation = query(
  'fieldValidation',
  text,
  'What becomes of unknown and duplicate fields: Ignore, Warn or Strict.',
);

export const pathInPath = inPath('path', 'What is asked of the other side.');

/** The fields of a kind of options. */
export function optionParameters(options: readonly ConnectOption[]): OpenApiParameter[] {
  return options.map(({ name, type, doc }) => query(name, { type, uniqueItems: true }, doc));
}

/** Of POST and PUT. */
export const writeParameters = [dryRun, fieldManager, fieldValidation];

export const patchParameters = [
  ...writeParameters,
  query('force', flag, 'With an apply patch, takes over fields that other managers own.'),
];

export const deleteParameters = [
  dryRun,
  query('gracePeriodSeconds', integer, 'Seconds of grace; 0 deletes at once.'),
  query('orphanDependents', flag, 'Deprecated; propagationPolicy says the same.'),
  query('propagationPolicy', text, 'What becomes of dependents: Orphan, Background or Foreground.'),
];

const selectors = [
  query('fieldSelector', text, 'Keeps the objects whose fields match.'),
  query('labelSelector', text, 'Keeps the objects whose labels match.'),
];

export const listParameters = [
  query('allowWatchBookmarks', flag, 'Lets a watch send bookmarks.'),
  query('continue', text, 'Token of the page to go on with.'),
  ...selectors,
  query('limit', integer, 'How many objects a page holds at most.'),
  query('resourceVersion', text, 'Version that the answer must at least have, or that a watch starts after.'),
  query('resourceVersionMatch', text, 'How resourceVersion binds a list: Exact or NotOlderThan.'),
  query('sendInitialEvents', flag, 'Lets a watch begin with the objects that exist.'),
  query('timeoutSeconds', integer, 'Seconds after which the call ends.'),
  query('watch', flag, 'Answers with a stream of changes.'),
];

export const deleteCollectionParameters = [
  ...deleteParameters,
  query('continue', text, 'Token of the page to go on with.'),
  ...selectors,
  query('limit', integer, 'How many objects are deleted at most.'),
  query('resourceVersion', text, 'Version that the list of objects must at least have.'),
  query('resourceVersionMatch', text, 'How resourceVersion binds: Exact or NotOlderThan.'),
  query('timeoutSeconds', integer, 'Seconds after which the call ends.'),
];

export const podLogParameters = [
  query('container', text, 'The container; not needed when there is only one.'),
  query('follow', flag, 'Goes on with what is written later.'),
  query('limitBytes', integer, 'Ends after so many bytes.'),
  query('previous', flag, 'Shows the container that ended before this one.'),
  query('sinceSeconds', integer, 'Begins so many seconds ago.'),
  query('sinceTime', text, 'Begins at this moment.'),
  query('tailLines', integer, 'Begins so many lines before the end.'),
  query('timestamps', flag, 'Puts the time before each line.'),
];
