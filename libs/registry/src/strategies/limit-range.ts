import { randomUUID } from 'node:crypto';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  type LimitRange,
  type LimitRangeItem,
  parseQuantity,
  required,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { qualifiedNameFault } from '../validation/names.ts';
import {
  containerResourceNameFaults,
  isOvercommitAllowed,
  resourceNameFaults,
} from '../validation/resource-names.ts';

type Data = LimitRange & Record<string, unknown>;
type Amounts = Readonly<Record<string, string>>;

const TYPES = new Set(['Container', 'Pod', 'PersistentVolumeClaim']);

/** Rules of kubernetes/pkg/apis/core/validation, ValidateLimitRange; defaults of core/v1 defaults.go. */
export const limitRangeStrategy: Strategy<Data> = {
  allowCreateOnUpdate: true,

  prepareForCreate(range) {
    const { metadata } = range;
    // A LimitRange is not spoken of by name: it may come without one.
    if (metadata.name === undefined && metadata.generateName === undefined) metadata.name = randomUUID();
    complete(range);
  },

  prepareForUpdate: complete,

  validate({ spec }) {
    const limits = spec?.limits ?? [];
    const types = new Set<string | undefined>();
    return limits.flatMap((item, i) => [
      ...typeFaults(`spec.limits[${i}].type`, item.type),
      ...(types.size === types.add(item.type).size ? [duplicate(`spec.limits[${i}].type`, item.type)] : []),
      ...itemFaults(`spec.limits[${i}]`, item),
    ]);
  },
};

/** Limits default to the most there may be, requests to the limit, else to the least. */
function complete(range: Data): void {
  range.spec ??= { limits: [] };
  range.spec.limits ??= [];
  for (const item of range.spec.limits) {
    if (item.type !== 'Container') continue;
    const limits = { ...item.max, ...item.default };
    const requests = { ...item.min, ...limits, ...item.defaultRequest };
    if (Object.keys(limits).length > 0) item.default = limits;
    if (Object.keys(requests).length > 0) item.defaultRequest = requests;
  }
}

function typeFaults(at: string, type = ''): FieldError[] {
  const fault = type === '' ? undefined : qualifiedNameFault(type);
  if (fault !== undefined) return [invalidValue(at, type, fault)];
  if (type === '' || type.includes('/') || TYPES.has(type)) return [];
  return [invalidValue(at, type, 'must be a standard limit type or fully qualified')];
}

function itemFaults(at: string, item: LimitRangeItem): FieldError[] {
  const faults: FieldError[] = [];
  const nameFaults =
    item.type === 'Pod' || item.type === 'Container' ? containerResourceNameFaults : resourceNameFaults;
  const fields = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
  for (const field of fields) {
    const isDefault = field === 'default' || field === 'defaultRequest';
    if (item.type === 'Pod' && isDefault) {
      if (Object.keys(item[field] ?? {}).length > 0)
        faults.push(forbiddenField(`${at}.${field}`, "may not be specified when `type` is 'Pod'"));
      continue;
    }
    for (const name of Object.keys(item[field] ?? {}))
      faults.push(...nameFaults(`${at}.${field}[${name}]`, name));
  }
  const { min = {}, max = {} } = item;
  if (
    item.type === 'PersistentVolumeClaim' &&
    !Object.hasOwn(min, 'storage') &&
    !Object.hasOwn(max, 'storage')
  )
    faults.push(
      required(
        `${at}.limits`,
        'either minimum or maximum storage value is required, but neither was provided',
      ),
    );
  for (const name of resourcesOf(item))
    for (const fault of relationFaults(at, name, item)) faults.push(fault);
  return faults;
}

function resourcesOf({ type, max, min, default: limit, defaultRequest }: LimitRangeItem): Set<string> {
  const defaults = type === 'Pod' ? {} : { ...limit, ...defaultRequest };
  return new Set(Object.keys({ ...max, ...min, ...defaults }));
}

const isLess = (a: string, b: string) => parseQuantity(a).nano < parseQuantity(b).nano;
const amountOf = (amounts: Amounts | undefined, name: string) =>
  amounts !== undefined && Object.hasOwn(amounts, name) ? amounts[name] : undefined;

/** min ≤ default request ≤ default ≤ max, and a ratio that they leave room for. */
function relationFaults(at: string, name: string, item: LimitRangeItem): FieldError[] {
  const faults: FieldError[] = [];
  const min = amountOf(item.min, name);
  const max = amountOf(item.max, name);
  const isPod = item.type === 'Pod';
  const limit = isPod ? undefined : amountOf(item.default, name);
  const request = isPod ? undefined : amountOf(item.defaultRequest, name);
  const fault = (field: string, shown: string, detail: string) =>
    faults.push(invalidValue(`${at}.${field}[${name}]`, shown, detail));
  if (min !== undefined && max !== undefined && isLess(max, min))
    fault('min', min, `min value ${min} is greater than max value ${max}`);
  if (request !== undefined && min !== undefined && isLess(request, min))
    fault('defaultRequest', request, `min value ${min} is greater than default request value ${request}`);
  if (request !== undefined && max !== undefined && isLess(max, request))
    fault('defaultRequest', request, `default request value ${request} is greater than max value ${max}`);
  if (request !== undefined && limit !== undefined && isLess(limit, request))
    fault(
      'defaultRequest',
      request,
      `default request value ${request} is greater than default limit value ${limit}`,
    );
  if (limit !== undefined && min !== undefined && isLess(limit, min))
    fault('default', min, `min value ${min} is greater than default value ${limit}`);
  if (limit !== undefined && max !== undefined && isLess(max, limit))
    fault('default', max, `default value ${limit} is greater than max value ${max}`);
  const ratio = amountOf(item.maxLimitRequestRatio, name);
  if (ratio !== undefined)
    faults.push(...ratioFaults(`${at}.maxLimitRequestRatio[${name}]`, ratio, min, max));
  if (!isOvercommitAllowed(name) && limit !== undefined && request !== undefined && limit !== request)
    fault(
      'defaultRequest',
      request,
      `default value ${limit} must equal to defaultRequest value ${request} in ${name}`,
    );
  return faults;
}

function ratioFaults(at: string, ratio: string, min?: string, max?: string): FieldError[] {
  const faults: FieldError[] = [];
  if (isLess(ratio, '1')) faults.push(invalidValue(at, ratio, `ratio ${ratio} is less than 1`));
  if (min === undefined || max === undefined) return faults;
  const most = Number(parseQuantity(max).nano) / Number(parseQuantity(min).nano);
  if (Number(parseQuantity(ratio).nano) / 1e9 > most)
    faults.push(invalidValue(at, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`));
  return faults;
}
