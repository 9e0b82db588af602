import { type AddressRange, maskTo } from './address-range.ts';

/** Which values lie around an address: a table of ranges, asked by address in as many steps as it has lengths. */
export class RangeTable<T> {
  /** By family and length, then by the first address. */
  readonly #tables = new Map<string, Map<bigint, Set<T>>>();
  /** Longest first. */
  #order: { readonly key: string; readonly family: 4 | 6; readonly length: number }[] = [];

  add(range: AddressRange, value: T): void {
    const { base } = range;
    const table = this.#tableOf(range);
    const values = table.get(base);
    if (values === undefined) table.set(base, new Set([value]));
    else values.add(value);
  }

  delete({ family, length, base }: AddressRange, value: T): void {
    const table = this.#tables.get(`${family}/${length}`);
    const values = table?.get(base);
    values?.delete(value);
    if (values?.size === 0) table!.delete(base);
  }

  /** The values of all ranges that contain the range asked for, those of the longest ranges first. */
  *around(address: AddressRange): Generator<ReadonlySet<T>> {
    for (const { key, family, length } of this.#order) {
      if (family !== address.family || length > address.length) continue;
      const values = this.#tables.get(key)!.get(maskTo(address, length));
      if (values !== undefined) yield values;
    }
  }

  #tableOf({ family, length }: AddressRange): Map<bigint, Set<T>> {
    const key = `${family}/${length}`;
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = new Map();
      this.#tables.set(key, table);
      this.#order = [...this.#order, { key, family, length }].sort((a, b) => b.length - a.length);
    }
    return table;
  }
}
