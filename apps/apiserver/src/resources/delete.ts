import {
  ApiError,
  badRequest,
  DecodeError,
  DeleteOptions as DeleteOptionsSchema,
  decodeObject,
  type FieldError,
  invalid,
  invalidValue,
  type Kind,
  notSupported,
  type TypeMeta,
} from '@hawser/api';
import { parseInt64, parseMediaType, readBody } from '@hawser/http';
import { type DeleteOptions, deleteObject, listObjects, type Resource } from '@hawser/registry';
import type { Answer } from '../pipeline/answer.ts';
import type { RequestContext } from '../pipeline/request-context.ts';
import { parseBody } from './read-object.ts';
import { renderEntry, renderList, renderStatus } from './render.ts';
import { selectionOf } from './selection-of.ts';
import { writeContextOf } from './write-context.ts';

export async function handleDelete(resource: Resource, context: RequestContext): Promise<Answer> {
  const { namespace, name } = context.info;
  const { options, dryRun } = await readOptions(context);
  const write = writeContextOf(context);
  const { entry, removed } = await deleteObject(resource, namespace, name, options, {
    ...write,
    dryRun: write.dryRun || dryRun,
  });
  if (!removed || resource.strategy.returnDeletedObject) return renderEntry(context, resource.kind, entry);
  return renderStatus(context, success(resource.kind, entry.object.metadata));
}

/** Deletes what a selector picks, one after another; what goes meanwhile is not missed. */
export async function handleDeleteCollection(resource: Resource, context: RequestContext): Promise<Answer> {
  const { namespace } = context.info;
  const { options, dryRun } = await readOptions(context);
  const page = await listObjects(resource, {
    namespace,
    selection: selectionOf(resource.kind, context.info),
    limit: 0,
    continueToken: '',
    resourceVersion: '',
    resourceVersionMatch: '',
    sendInitialEvents: undefined,
  });
  const write = writeContextOf(context);
  for (const { object } of page.entries) {
    const { namespace: within = '', name } = object.metadata;
    await deleteObject(resource, within, name, options, { ...write, dryRun: write.dryRun || dryRun }).catch(
      ignoreNotFound,
    );
  }
  return renderList(context, resource.kind, page);
}

/** Somebody else deleted it first. */
function ignoreNotFound(error: unknown): void {
  if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
}

interface ReadOptions {
  readonly options: DeleteOptions;
  /** `dryRun` may stand in the body too. */
  readonly dryRun: boolean;
}

/** Options as they come: `orphanDependents` is what `propagationPolicy` was called before it had three values. */
type GivenOptions = DeleteOptions & { readonly orphanDependents?: boolean; readonly dryRun?: string[] };

/** Options come in the body, as upstream's clients send them, or in the query. */
async function readOptions(context: RequestContext): Promise<ReadOptions> {
  const body = await readBody(context.request);
  const fromQuery = optionsOfQuery(context.info.query);
  if (body.length === 0) return { options: checkedDeleteOptions(fromQuery), dryRun: false };
  const { type } = parseMediaType(context.request.headers['content-type'] ?? 'application/json');
  const fromBody = decodeOptions(parseBody(type, body, { apiVersion: 'v1', kind: 'DeleteOptions' }));
  return {
    options: checkedDeleteOptions({ ...fromQuery, ...fromBody }),
    dryRun: fromBody.dryRun?.includes('All') ?? false,
  };
}

function optionsOfQuery(query: URLSearchParams): GivenOptions {
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const orphan = query.get('orphanDependents');
  return {
    ...(grace && { gracePeriodSeconds: parseInt64(grace) }),
    ...(policy && { propagationPolicy: policy }),
    // As the query parameters of upstream are read: anything but a no is a yes.
    ...(orphan !== null && { orphanDependents: !['false', '0'].includes(orphan.toLowerCase()) }),
  };
}

const POLICIES = ['Foreground', 'Background', 'Orphan'];

/** @throws ApiError Invalid on options that make no sense (apimachinery/pkg/apis/meta/v1/validation). */
export function checkedDeleteOptions({
  orphanDependents,
  dryRun = [],
  ...options
}: GivenOptions): DeleteOptions {
  const { propagationPolicy } = options;
  const faults: FieldError[] = [];
  if (propagationPolicy !== undefined && orphanDependents !== undefined)
    faults.push(
      invalidValue(
        'propagationPolicy',
        propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy))
    faults.push(notSupported('propagationPolicy', propagationPolicy, [...POLICIES, 'nil']));
  if (dryRun.some((value) => value !== 'All')) faults.push(notSupported('dryRun', dryRun, ['All']));
  if (faults.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', faults);
  if (orphanDependents === undefined) return options;
  return { ...options, propagationPolicy: orphanDependents ? 'Orphan' : 'Background' };
}

function decodeOptions(value: unknown): GivenOptions {
  try {
    return decodeObject(DeleteOptionsSchema, value, []);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw badRequest(`couldn't decode DeleteOptions: ${cause.message}`, cause);
  }
}

function success(kind: Kind, { name, uid }: { name: string; uid?: string }): TypeMeta {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, uid },
  } as TypeMeta;
}
