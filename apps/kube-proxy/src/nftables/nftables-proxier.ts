import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { FlowCleaner } from '../conntrack/flow-cleaner.ts';
import type { Proxier } from '../proxier.ts';
import type { WantedPort } from '../services/wanted-services.ts';
import type { NftablesSettings } from './base-rules.ts';
import { generateRuleset } from './generate-ruleset.ts';
import { type Nft, namesIn, ruleCountsIn } from './nft.ts';
import { EMPTY_TABLE, type Ruleset } from './ruleset.ts';
import {
  changeTransaction,
  deletionScript,
  removalScript,
  type Transaction,
  wholeTransaction,
} from './transaction.ts';

export interface NftablesProxierOptions {
  readonly nft: Nft;
  /** Asked at each sync: the node's addresses may change. */
  readonly settings: () => NftablesSettings;
  /** Looks after what the kernel remembers of UDP. */
  readonly flows: Pick<FlowCleaner, 'clean'>;
  /** Told of each transaction that failed, `cleanup` being the deletion of what is not used any more. */
  readonly onFailure?: (what: 'sync' | 'cleanup') => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a chain that nothing leads to any more stays, empty. */
const STALE_MS = 1_000;

/**
 * Virtual IPs by the kernel's packet filter. Each sync is one transaction: packets see the rules from before or from
 * after, and connections that stand are not touched, since the kernel remembers where they go.
 */
export class NftablesProxier implements Proxier {
  readonly mode = 'nftables';
  /** What is in the kernel as far as we know; undefined where that is to be found out. */
  #applied: Ruleset | undefined;
  /** Empty chains that wait to be deleted, with when they became so. */
  readonly #stale = new Map<string, number>();
  /** What the table looked like when it was looked at last; undefined if it was written to since. */
  #listing: string | undefined;

  constructor(private readonly options: NftablesProxierOptions) {}

  async sync(ports: readonly WantedPort[], whole: boolean): Promise<void> {
    const { nft, settings, logger } = this.options;
    const wanted = generateRuleset(ports, settings());
    const before = whole ? undefined : this.#applied;
    // Until it has succeeded nobody knows what is there.
    this.#applied = undefined;
    try {
      const { script, stale } =
        before === undefined
          ? await this.#writeWhole(wanted)
          : await this.#write(changeTransaction(before, wanted, nft.family));
      this.#applied = wanted;
      if (script !== '') {
        this.#listing = undefined;
        logger.debug({ bytes: script.length, whole: before === undefined }, 'rules written');
      }
      this.#noteStale(stale, wanted);
    } catch (error) {
      this.options.onFailure?.('sync');
      throw error;
    }
    // After the rules: what is forgotten before would be remembered as it was.
    await this.options.flows.clean(ports);
    await this.#deleteStale();
  }

  /**
   * Whether every chain is there with as many rules as it should have, and nothing has changed since this was asked
   * last, unless by us. What is in the maps is not looked at.
   */
  async isIntact(): Promise<boolean> {
    if (this.#applied === undefined) return false;
    const before = this.#listing;
    this.#listing = await this.options.nft.list();
    if (before !== undefined && this.#listing !== before) return false;
    const counts = ruleCountsIn(this.#listing);
    return [...this.#applied.chains].every(([name, { rules }]) => counts.get(name) === rules.length);
  }

  async #write(transaction: Transaction): Promise<Transaction> {
    if (transaction.script !== '') await this.options.nft.apply(transaction.script);
    return transaction;
  }

  async #writeWhole(wanted: Ruleset): Promise<Transaction> {
    const { nft, logger } = this.options;
    const found = namesIn(await nft.list());
    try {
      return await this.#write(wholeTransaction(found, wanted, nft.family));
    } catch (error) {
      if (found.chains.length === 0) throw error;
      // A table of this name that is not made like ours: the same transaction takes it away and makes ours.
      logger.warn({ error }, 'the table is not as it should be: made anew');
      const { script } = wholeTransaction(EMPTY_TABLE, wanted, nft.family);
      return await this.#write({ script: removalScript(nft.family) + script, stale: [] });
    }
  }

  async cleanUp(): Promise<void> {
    await this.options.nft.apply(removalScript(this.options.nft.family));
    this.#applied = undefined;
    this.#stale.clear();
  }

  #noteStale(stale: readonly string[], wanted: Ruleset): void {
    const nowMs = this.options.clock.now().getTime();
    for (const name of stale) if (!this.#stale.has(name)) this.#stale.set(name, nowMs);
    for (const name of this.#stale.keys()) if (wanted.chains.has(name)) this.#stale.delete(name);
  }

  async #deleteStale(): Promise<void> {
    const { nft, clock, logger } = this.options;
    const untilMs = clock.now().getTime() - STALE_MS;
    const due = [...this.#stale].filter(([, sinceMs]) => sinceMs <= untilMs).map(([name]) => name);
    if (due.length === 0) return;
    try {
      await nft.apply(deletionScript(due, nft.family));
    } catch (error) {
      // They are empty: nothing comes of their staying, but that the next whole sync finds them again.
      this.options.onFailure?.('cleanup');
      logger.debug({ error }, 'chains that are not used any more could not be deleted');
    }
    for (const name of due) this.#stale.delete(name);
    this.#listing = undefined;
  }
}
