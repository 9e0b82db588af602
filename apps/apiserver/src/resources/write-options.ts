import {
  type FieldError,
  forbiddenField,
  invalid,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '@hawser/api';
import type { RequestContext } from '../pipeline/request-context.ts';
import { isApply } from './is-apply.ts';

/** How to take fields that the kind does not have. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** What a write asks for in its query. */
export interface WriteOptions {
  /** Go through every step and keep nothing. */
  readonly dryRun: boolean;
  /** Warn where nothing is said, as upstream since 1.27. */
  readonly fieldValidation: FieldValidation;
}

const MODES = ['', 'Ignore', 'Strict', 'Warn'];
/** How long a field manager's name may be, in bytes. */
export const MAX_MANAGER = 128;
const KINDS: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

/**
 * Reads the options of a write (apimachinery/pkg/apis/meta/v1/validation, ValidateCreateOptions and its siblings).
 * @throws ApiError Invalid, with every fault, on what they cannot be.
 */
export function writeOptionsOf(context: RequestContext): WriteOptions {
  const { query, verb } = context.info;
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  const mode = query.get('fieldValidation') ?? '';
  const faults: FieldError[] = [];
  if (isApply(context)) {
    if (!query.get('fieldManager')) faults.push(required('fieldManager', 'is required for apply patch'));
  } else if (verb === 'patch' && query.has('force'))
    faults.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  faults.push(...managerFaults(query.get('fieldManager') ?? ''));
  if (dryRun.some((value) => value !== 'All')) faults.push(notSupported('dryRun', dryRun, ['All']));
  if (!MODES.includes(mode)) faults.push(notSupported('fieldValidation', mode, MODES));
  if (faults.length > 0)
    throw invalid({ group: 'meta.k8s.io', kind: KINDS[verb] ?? 'DeleteOptions' }, '', faults);
  return { dryRun: dryRun.length > 0, fieldValidation: (mode || 'Warn') as FieldValidation };
}

function managerFaults(manager: string): FieldError[] {
  const faults: FieldError[] = [];
  if (Buffer.byteLength(manager) > MAX_MANAGER) faults.push(tooLong('fieldManager', MAX_MANAGER));
  const unprintable = /\p{C}/u.exec(manager);
  if (unprintable !== null) {
    const code = unprintable[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    const at = Buffer.byteLength(manager.slice(0, unprintable.index));
    faults.push(invalidValue('fieldManager', manager, `invalid character U+${code} (at position ${at})`));
  }
  return faults;
}
