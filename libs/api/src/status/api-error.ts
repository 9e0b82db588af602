import type { TypeMeta } from '../schema/kind.ts';
import { excerpt } from './excerpt.ts';
import { type FieldError, faultWords, fieldOf, showingOnce } from './field-error.ts';
import { STATUS_CODES, type StatusReason } from './reason.ts';

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** Group and plural of a resource, as messages name it: `pods`, `leases.coordination.k8s.io`. */
export interface GroupResource {
  readonly group: string;
  readonly plural: string;
}

/** `plural.group`, or the plural alone for the core group. */
export function resourceName({ group, plural }: GroupResource): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** A message may list several faults, each with a value of its own; it ends up in audit events as well. */
const MAX_MESSAGE = 16_384;
const MAX_CAUSES = 256;

/**
 * A refusal or failure with upstream's reason, message and details. What the client may not see goes into
 * `cause`, which is logged and never sent.
 */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: number;
  /** With it a list that has expired can be gone on with, though not of one moment. */
  readonly continueToken: string | undefined;

  constructor(
    readonly reason: StatusReason,
    message: string,
    readonly details?: StatusDetails,
    options?: { cause?: unknown; code?: number; continueToken?: string },
  ) {
    super(excerpt(message, MAX_MESSAGE), options);
    this.code = options?.code ?? STATUS_CODES[reason];
    this.continueToken = options?.continueToken;
  }
}

const details = ({ group, plural }: GroupResource, name: string | undefined): StatusDetails => ({
  ...(name ? { name: excerpt(name) } : {}),
  ...(group === '' ? {} : { group }),
  kind: plural,
});

/** The constructors of apimachinery/pkg/api/errors, with its messages. */
export const notFound = (resource: GroupResource, name: string) =>
  new ApiError('NotFound', `${resourceName(resource)} ${quoted(name)} not found`, details(resource, name));

export const alreadyExists = (resource: GroupResource, name: string) =>
  new ApiError(
    'AlreadyExists',
    `${resourceName(resource)} ${quoted(name)} already exists`,
    details(resource, name),
  );

export const conflict = (resource: GroupResource, name: string, why: string) =>
  new ApiError(
    'Conflict',
    `Operation cannot be fulfilled on ${resourceName(resource)} ${quoted(name)}: ${why}`,
    details(resource, name),
  );

export const OPTIMISTIC_LOCK_MESSAGE =
  'the object has been modified; please apply your changes to the latest version and try again';

/** What RBAC's refusals look like: without a name, as before one is generated, the resource alone is named. */
export const forbidden = (resource: GroupResource, name: string | undefined, why: string) =>
  new ApiError(
    'Forbidden',
    resource.plural === ''
      ? `forbidden: ${why}`
      : name
        ? `${resourceName(resource)} ${quoted(name)} is forbidden: ${why}`
        : `${resourceName(resource)} is forbidden: ${why}`,
    resource.plural === '' ? {} : details(resource, name),
  );

export const unauthorized = (cause?: unknown) =>
  new ApiError('Unauthorized', 'Unauthorized', undefined, { cause });

export const badRequest = (message: string, cause?: unknown) =>
  new ApiError('BadRequest', message, undefined, { cause });

/** No route for the method: what upstream says, whatever the resource. */
export const methodNotSupported = () =>
  new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** A resourceVersion or continue token from before what is still kept. */
export const expired = (message: string) => new ApiError('Expired', message);

/** Not now; with a number of seconds, clients try again by themselves. */
export const tooManyRequests = (message: string, retryAfterSeconds: number, causes: StatusCause[] = []) =>
  new ApiError('TooManyRequests', message, {
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
    ...(causes.length > 0 ? { causes } : {}),
  });

/** The moment of a list's pages is no longer kept; the token goes on from there at the present one. */
export const inconsistentContinue = (continueToken: string) =>
  new ApiError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    undefined,
    { continueToken },
  );

export const pageNotFound = () =>
  new ApiError('NotFound', 'the server could not find the requested resource', {});

export const unsupportedMediaType = (accepted: readonly string[]) =>
  new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

export const notAcceptable = (accepted: readonly string[]) =>
  new ApiError('NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);

export const internalError = (cause: unknown) =>
  new ApiError('InternalError', 'Internal error occurred', undefined, { cause });

/** Validation failed: every fault with its field path, in the message and as causes. */
export function invalid(
  kind: { group: string; kind: string },
  name: string,
  faults: readonly FieldError[],
): ApiError {
  const said = faults.slice(0, MAX_CAUSES);
  // Each message once, as upstream aggregates them; the causes tell all.
  const show = showingOnce();
  const messages = [...new Set(said.map((fault) => `${fieldOf(fault)}: ${faultWords(fault, show)}`))];
  const list = messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`;
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  return new ApiError('Invalid', `${qualified} ${quoted(name)} is invalid: ${list}`, {
    ...(name ? { name: excerpt(name) } : {}),
    ...(kind.group === '' ? {} : { group: kind.group }),
    ...(kind.kind === '' ? {} : { kind: kind.kind }),
    causes: causesOf(said, show),
  });
}

/** Together no longer than a message may be, but for the one that crosses that line. */
function causesOf(faults: readonly FieldError[], show: (value: unknown) => string): StatusCause[] {
  let size = 0;
  return faults.flatMap((fault) => {
    if (size > MAX_MESSAGE) return [];
    const cause = { reason: fault.type, message: faultWords(fault, show), field: fieldOf(fault) };
    size += cause.message.length + cause.field.length;
    return [cause];
  });
}

/** A name as messages say it. */
const quoted = (name = '') => excerpt(JSON.stringify(name));

/** The `metav1.Status` of an error: what goes to the client. Anything unforeseen is an internal error. */
export function statusOf(error: unknown): TypeMeta & Record<string, unknown> & { code: number } {
  const known = error instanceof ApiError ? error : internalError(error);
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: known.continueToken === undefined ? {} : { continue: known.continueToken },
    status: 'Failure',
    message: known.message,
    reason: known.reason,
    ...(known.details === undefined ? {} : { details: known.details }),
    code: known.code,
  };
}
