import {
  ApiError,
  badRequest,
  excerpt,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
} from '@hawser/api';

/** The options of a list or watch that speak of moments, as they stand in the query. */
export interface VersionOptions {
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  /** Undefined where the query does not say. */
  readonly sendInitialEvents: boolean | undefined;
}

const MATCH = 'resourceVersionMatch';

/**
 * What upstream refuses of a list's options (apimachinery/pkg/apis/meta/internalversion/validation).
 * @throws ApiError Invalid
 */
export function checkListOptions(options: VersionOptions): void {
  const { continueToken, resourceVersion, resourceVersionMatch: match, sendInitialEvents } = options;
  const faults: FieldError[] = [];
  if (match !== '') {
    if (resourceVersion === '')
      faults.push(forbiddenField(MATCH, `${MATCH} is forbidden unless resourceVersion is provided`));
    if (continueToken !== '')
      faults.push(forbiddenField(MATCH, `${MATCH} is forbidden when continue is provided`));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      faults.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && resourceVersion === '0')
      faults.push(forbiddenField(MATCH, `${MATCH} "exact" is forbidden for resourceVersion "0"`));
  }
  if (sendInitialEvents !== undefined)
    faults.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  refuse(faults);
}

/** What upstream refuses of a watch's options (same place). @throws ApiError Invalid */
export function checkWatchOptions(options: VersionOptions): void {
  const { continueToken, resourceVersionMatch: match, sendInitialEvents } = options;
  const faults: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    faults.push(forbiddenField(MATCH, `sendInitialEvents requires setting ${MATCH} to NotOlderThan`));
  if (match !== '') {
    if (sendInitialEvents === undefined)
      faults.push(
        forbiddenField(MATCH, `${MATCH} is forbidden for watch unless sendInitialEvents is provided`),
      );
    if (match !== 'NotOlderThan') faults.push(notSupported(MATCH, match, ['NotOlderThan']));
    if (continueToken !== '')
      faults.push(forbiddenField(MATCH, `${MATCH} is forbidden when continue is provided`));
  }
  refuse(faults);
}

function refuse(faults: readonly FieldError[]): void {
  if (faults.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', faults);
}

/** @throws ApiError BadRequest where the text is no resourceVersion, in the words of upstream's store. */
export function parseRevision(text: string): number {
  if (text === '') return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const quoted = JSON.stringify(excerpt(text));
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  throw badRequest(
    `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`,
  );
}

/** A moment that the hub has not seen: the client got it elsewhere, or the hub lost its data. */
export function tooLarge(asked: number, current: number): ApiError {
  return new ApiError('Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
