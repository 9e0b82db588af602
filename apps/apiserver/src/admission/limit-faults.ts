import { type LimitRangeItem, parseQuantity } from '@hawser/api';

type Table = Readonly<Record<string, string>>;

/** What something asks for. */
export interface Asked {
  readonly requests: Table;
  readonly limits: Table;
}

/** What is wrong with what a container or pod asks for, in upstream's words. */
export function limitFaults(item: LimitRangeItem, { requests, limits }: Asked): string[] {
  const { type } = item;
  return [
    ...each(item.min, (name, least) =>
      minimumFault(name, type, least, amountOf(requests, name), amountOf(limits, name)),
    ),
    ...each(item.max, (name, most) =>
      maximumFault(name, type, most, amountOf(requests, name), amountOf(limits, name)),
    ),
    ...each(item.maxLimitRequestRatio, (name, most) =>
      ratioFault(name, type, most, amountOf(requests, name), amountOf(limits, name)),
    ),
  ];
}

/** What is wrong with what a claim asks for: it has no limits. */
export function claimFaults(item: LimitRangeItem, requests: Table): string[] {
  return [
    ...each(item.min, (name, least) =>
      minimumFault(name, item.type, least, amountOf(requests, name), undefined),
    ),
    ...each(item.max, (name, most) => {
      const request = amountOf(requests, name);
      const bound = `maximum ${name} usage per ${item.type} is ${most}`;
      if (request === undefined) return `${bound}.  No request is specified`;
      return isMore(request, most) ? `${bound}, but request is ${request}` : undefined;
    }),
  ];
}

function each(bounds: Table = {}, faultOf: (name: string, bound: string) => string | undefined): string[] {
  return Object.entries(bounds).flatMap(([name, bound]) => faultOf(name, bound) ?? []);
}

function amountOf(table: Table, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function isMore(a: string, b: string): boolean {
  return parseQuantity(a).nano > parseQuantity(b).nano;
}

function minimumFault(
  name: string,
  type: string,
  least: string,
  request: string | undefined,
  limit: string | undefined,
): string | undefined {
  const bound = `minimum ${name} usage per ${type} is ${least}`;
  if (request === undefined) return `${bound}.  No request is specified`;
  if (isMore(least, request)) return `${bound}, but request is ${request}`;
  if (limit !== undefined && isMore(least, limit)) return `${bound}, but limit is ${limit}`;
  return undefined;
}

function maximumFault(
  name: string,
  type: string,
  most: string,
  request: string | undefined,
  limit: string | undefined,
): string | undefined {
  const bound = `maximum ${name} usage per ${type} is ${most}`;
  if (limit === undefined) return `${bound}.  No limit is specified`;
  if (isMore(limit, most)) return `${bound}, but limit is ${limit}`;
  if (request !== undefined && isMore(request, most)) return `${bound}, but request is ${request}`;
  return undefined;
}

function ratioFault(
  name: string,
  type: string,
  most: string,
  request = '0',
  limit = '0',
): string | undefined {
  const bound = `${name} max limit to request ratio per ${type} is ${most}`;
  const asked = parseQuantity(request).nano;
  const allowed = parseQuantity(limit).nano;
  if (asked === 0n) return `${bound}, but no request is specified or request is 0`;
  if (allowed === 0n) return `${bound}, but no limit is specified or limit is 0`;
  const ratio = Number(allowed) / Number(asked);
  if (allowed * 1_000_000_000n <= asked * parseQuantity(most).nano) return undefined;
  return `${bound}, but provided ratio is ${ratio.toFixed(6)}`;
}
