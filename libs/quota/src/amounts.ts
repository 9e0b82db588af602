import { formatQuantity, parseQuantity, type Quantity } from '@hawser/api';

/** How much of which resource, exactly (apiserver/pkg/quota/v1/resources.go). */
export type Amounts = ReadonlyMap<string, Quantity>;

/** Reads a table of quantities, such as `status.hard`. @throws QuantityError on what is none. */
export function amountsOf(table: Readonly<Record<string, string>> = {}): Amounts {
  return new Map(Object.entries(table).map(([name, text]) => [name, parseQuantity(text)]));
}

/** Writes amounts as a table of quantities, by name. */
export function tableOf(amounts: Amounts): Record<string, string> {
  const names = [...amounts.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, formatQuantity(amounts.get(name)!)]));
}

/** So many things. */
export function count(number: number): Quantity {
  return { nano: BigInt(number) * 1_000_000_000n, format: 'DecimalSI' };
}

/** A sum is written as what it began with, unless that was nothing. */
function plus(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** The sum, resource by resource. */
export function add(...tables: readonly Amounts[]): Amounts {
  return sumOf(tables);
}

/** The sum of very many. */
export function sumOf(tables: Iterable<Amounts>): Amounts {
  const sum = new Map<string, Quantity>();
  for (const table of tables) accumulate(sum, table);
  return sum;
}

/** Adds to a sum that grows: what it takes is in proportion to what is added, not to the sum. */
export function accumulate(sum: Map<string, Quantity>, table: Amounts): void {
  for (const [name, amount] of table) {
    const before = sum.get(name);
    sum.set(name, before === undefined ? amount : plus(before, amount));
  }
}

/** Raises the greatest amounts seen so far, in the same way. */
export function raise(most: Map<string, Quantity>, table: Amounts): void {
  for (const [name, amount] of table) {
    const before = most.get(name);
    if (before === undefined || before.nano < amount.nano) most.set(name, amount);
  }
}

/** `a` without `b`, but never less than nothing. */
export function subtract(a: Amounts, b: Amounts): Amounts {
  const names = new Set([...a.keys(), ...b.keys()]);
  const rest = [...names].map((name): [string, Quantity] => {
    const { nano = 0n, format = 'DecimalSI' } = a.get(name) ?? {};
    const left = nano - (b.get(name)?.nano ?? 0n);
    return [name, left > 0n ? { nano: left, format } : count(0)];
  });
  return new Map(rest);
}

/** The greater of both, resource by resource. */
export function maximum(a: Amounts, b: Amounts): Amounts {
  const most = new Map(a);
  raise(most, b);
  return most;
}

/** Only the named resources. */
export function pick(amounts: Amounts, names: Iterable<string>): Amounts {
  const picked = new Map<string, Quantity>();
  for (const name of names) {
    const amount = amounts.get(name);
    if (amount !== undefined) picked.set(name, amount);
  }
  return picked;
}

/** Only what there is any of. */
export function withoutZeros(amounts: Amounts): Amounts {
  return new Map([...amounts].filter(([, { nano }]) => nano !== 0n));
}

/** The resources of which there is more than a bound. */
export function exceeding(amounts: Amounts, bounds: Amounts): string[] {
  const names = [...bounds.keys()].filter((name) => {
    const amount = amounts.get(name);
    return amount !== undefined && amount.nano > bounds.get(name)!.nano;
  });
  return names.sort();
}

/** The resources of which there is less than nothing. */
export function negatives(amounts: Amounts): string[] {
  return [...amounts.keys()].filter((name) => amounts.get(name)!.nano < 0n).sort();
}

/** Whether both have the same resources, as much of each. */
export function isSame(a: Amounts, b: Amounts): boolean {
  return a.size === b.size && [...a].every(([name, { nano }]) => b.get(name)?.nano === nano);
}
