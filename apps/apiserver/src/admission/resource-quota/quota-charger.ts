import { ApiError, type ResourceQuota } from '@hawser/api';
import {
  type Amounts,
  add,
  amountsOf,
  chargeOf,
  type Evaluator,
  pick,
  subtract,
  tableOf,
  type Usage,
} from '@hawser/quota';
import { type AnyObject, type Resource, updateObject, type WriteContext } from '@hawser/registry';
import type { Clock } from '@hawser/runtime';
import { ownWrite } from '../../bootstrap/own-write.ts';
import type { Charge, ChargesInFlight } from './charges.ts';

/** How often a quota is looked at anew that others write to meanwhile, as upstream. */
const RETRIES = 3;

/** A write that may use something. */
export interface ChargeRequest {
  readonly evaluator: Evaluator;
  readonly usage: Usage;
  /** It is to fit, and charged nothing. */
  readonly dryRun: boolean;
}

/** A write that waits to be let pass. */
interface Waiter {
  readonly request: ChargeRequest;
  /** What it was charged so far. */
  readonly charges: Charge[];
  readonly outcome: PromiseWithResolvers<readonly Charge[]>;
}

/** A quota as it will be when all that was let pass is charged. */
interface Running {
  readonly quota: ResourceQuota;
  used: Amounts;
  readonly charged: Map<Waiter, Amounts>;
}

/** How charges are written, told by it from everybody else's writes. */
export const chargingWrite: WriteContext = { ...ownWrite };

/**
 * Charges writes to the quotas of their namespace: what comes while a namespace's quotas are being written waits, and
 * is charged together then (apiserver/pkg/admission/plugin/resourcequota/controller.go).
 */
export class QuotaCharger {
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #working = new Set<string>();

  constructor(
    private readonly options: {
      /** The resource `resourcequotas`; looked up when used. */
      readonly quotas: () => Resource;
      readonly inFlight: ChargesInFlight;
      readonly clock: Clock;
    },
  ) {}

  /**
   * Resolves when the write is charged to every quota that counts it.
   * @returns what to give back should it come to nothing.
   * @throws QuotaError where it does not fit; ApiError where a quota cannot be written.
   */
  charge(namespace: string, request: ChargeRequest): Promise<readonly Charge[]> {
    const waiter: Waiter = { request, charges: [], outcome: Promise.withResolvers() };
    const waiting = this.#waiting.get(namespace);
    if (waiting !== undefined) waiting.push(waiter);
    else this.#waiting.set(namespace, [waiter]);
    if (!this.#working.has(namespace)) void this.#work(namespace);
    return waiter.outcome.promise;
  }

  /** Gives back what was charged for a write that came to nothing. */
  async refund(charges: readonly Charge[]): Promise<void> {
    const { quotas, inFlight } = this.options;
    for (const charge of charges) {
      const { namespace, name, amounts } = charge;
      const change = (current: AnyObject) =>
        withUsed(
          current,
          subtractFrom(amountsOf((current as unknown as ResourceQuota).status?.used), amounts),
        );
      try {
        await updateObject(quotas(), { namespace, name, subresource: 'status', change }, chargingWrite);
      } catch (error) {
        if (!isGone(error)) throw error;
      } finally {
        inFlight.remove(charge);
      }
    }
  }

  async #work(namespace: string): Promise<void> {
    this.#working.add(namespace);
    for (;;) {
      const batch = this.#waiting.get(namespace);
      this.#waiting.delete(namespace);
      if (batch === undefined) break;
      try {
        await this.#chargeBatch(namespace, batch);
      } catch (error) {
        for (const waiter of batch) waiter.outcome.reject(error);
      }
    }
    this.#working.delete(namespace);
  }

  async #chargeBatch(namespace: string, batch: readonly Waiter[]): Promise<void> {
    let open = batch;
    let names: ReadonlySet<string> | undefined;
    for (let retries = RETRIES; open.length > 0; retries -= 1) {
      const running = this.#standing(namespace, names);
      for (const waiter of open) await this.#evaluate(waiter, running);
      const changed = running.filter(({ charged }) => charged.size > 0);
      const errors = await Promise.all(changed.map((one) => this.#write(one)));
      const failed = changed.filter((_, i) => errors[i] !== undefined);
      const again = new Set(failed.flatMap(({ charged }) => [...charged.keys()]));
      for (const waiter of changed.flatMap(({ charged }) => [...charged.keys()]))
        if (!again.has(waiter)) waiter.outcome.resolve(waiter.charges);
      open = [...again];
      names = new Set(failed.map(({ quota }) => quota.metadata.name));
      if (retries > 0) continue;
      const error = errors.find((one) => one !== undefined);
      for (const waiter of open) await this.#refuse(waiter, error);
      return;
    }
  }

  /** The quotas of a namespace as they stand; only the named ones on a retry. */
  #standing(namespace: string, names: ReadonlySet<string> | undefined): Running[] {
    const entries = this.options.quotas().cache.entries(namespace);
    return entries
      .map(({ object }) => object as unknown as ResourceQuota)
      .filter(({ metadata }) => names?.has(metadata.name) ?? true)
      .map((quota) => ({ quota, used: amountsOf(quota.status?.used), charged: new Map() }));
  }

  /** Adds a write to the quotas that count it; what none counts, or only tries, passes at once. */
  async #evaluate(waiter: Waiter, running: readonly Running[]): Promise<void> {
    const { evaluator, usage, dryRun } = waiter.request;
    const now = this.options.clock.now();
    const charges: [Running, Amounts][] = [];
    try {
      for (const one of running) {
        const amounts = chargeOf(withUsed(one.quota, one.used), evaluator, usage, now);
        if (amounts !== undefined) charges.push([one, amounts]);
      }
    } catch (error) {
      return await this.#refuse(waiter, error);
    }
    if (dryRun || charges.length === 0) return waiter.outcome.resolve(waiter.charges);
    for (const [one, amounts] of charges) {
      one.used = add(one.used, amounts);
      one.charged.set(waiter, amounts);
    }
  }

  /** Writes what is used of a quota if nobody else has. @returns why it could not. */
  async #write({ quota, used, charged }: Running): Promise<unknown> {
    const { quotas, inFlight } = this.options;
    const { name, namespace = '', resourceVersion } = quota.metadata;
    const charges = [...charged].map(([waiter, amounts]) => ({
      waiter,
      charge: { namespace, name, amounts },
    }));
    for (const { charge } of charges) inFlight.add(charge);
    const change = (current: AnyObject) => {
      const changed = withUsed(current, used);
      return { ...changed, metadata: { ...changed.metadata, resourceVersion } };
    };
    try {
      await updateObject(quotas(), { namespace, name, subresource: 'status', change }, chargingWrite);
      for (const { waiter, charge } of charges) waiter.charges.push(charge);
      return undefined;
    } catch (error) {
      for (const { charge } of charges) inFlight.remove(charge);
      // A quota that is gone counts nothing any more.
      return isGone(error) ? undefined : error;
    }
  }

  async #refuse({ charges, outcome }: Waiter, error: unknown): Promise<void> {
    outcome.reject(error);
    await this.refund(charges);
  }
}

function withUsed<T extends AnyObject | ResourceQuota>(quota: T, used: Amounts): T {
  return { ...quota, status: { ...(quota as ResourceQuota).status, used: tableOf(used) } };
}

/** Resources that the quota no longer speaks of are not brought back. */
function subtractFrom(used: Amounts, amounts: Amounts): Amounts {
  return subtract(used, pick(amounts, used.keys()));
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.reason === 'NotFound';
}
