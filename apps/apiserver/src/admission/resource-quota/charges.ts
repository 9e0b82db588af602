import { type Amounts, add, subtract } from '@hawser/quota';

/** What a write was charged to one quota. */
export interface Charge {
  readonly namespace: string;
  /** The quota. */
  readonly name: string;
  readonly amounts: Amounts;
}

/** What is charged for writes that have not ended yet: it counts, and nothing shows it but the quota. */
export class ChargesInFlight {
  readonly #sums = new Map<string, Amounts>();

  add(charge: Charge): void {
    const key = keyOf(charge);
    this.#sums.set(key, add(this.#sums.get(key) ?? new Map(), charge.amounts));
  }

  remove(charge: Charge): void {
    const key = keyOf(charge);
    const rest = subtract(this.#sums.get(key) ?? new Map(), charge.amounts);
    if ([...rest.values()].every(({ nano }) => nano === 0n)) this.#sums.delete(key);
    else this.#sums.set(key, rest);
  }

  /** The sum for one quota. */
  of(namespace: string, name: string): Amounts {
    return this.#sums.get(keyOf({ namespace, name })) ?? new Map();
  }
}

function keyOf({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`;
}
