import type { IpFamily } from '../services/ip-family.ts';
import { isAffinitySet, isServiceChain } from './names.ts';
import { type Chain, type Collection, type FoundTable, type Ruleset, TABLE } from './ruleset.ts';

/** Commands for `nft -f -`, which the kernel carries out all at once or not at all. */
export interface Transaction {
  /** Empty if nothing is to be done. */
  readonly script: string;
  /**
   * Chains that are empty now and can go. Not at once: before 6.2 the kernel takes a while to see that no map leads to
   * them any more.
   */
  readonly stale: readonly string[];
}

/** Writes the commands for one table. */
class Script {
  readonly lines: string[] = [];
  readonly #table: string;

  constructor(family: IpFamily) {
    this.#table = `${family === 'IPv4' ? 'ip' : 'ip6'} ${TABLE}`;
  }

  table(): void {
    this.lines.push(`add table ${this.#table} { comment "rules for kube-proxy"; }`);
  }

  addChain(name: string, { hook }: Chain): void {
    this.lines.push(`add chain ${this.#table} ${name}${hook === '' ? '' : ` { ${hook} }`}`);
  }

  flushChain(name: string): void {
    this.lines.push(`flush chain ${this.#table} ${name}`);
  }

  deleteChain(name: string): void {
    this.lines.push(`delete chain ${this.#table} ${name}`);
  }

  addRules(chain: string, { rules }: Chain): void {
    for (const rule of rules) this.lines.push(`add rule ${this.#table} ${chain} ${rule}`);
  }

  addCollection(name: string, { kind, declaration }: Collection): void {
    this.lines.push(`add ${kind} ${this.#table} ${name} { ${declaration} }`);
  }

  flushCollection(name: string, { kind }: Collection): void {
    this.lines.push(`flush ${kind} ${this.#table} ${name}`);
  }

  deleteCollection(name: string, kind: Collection['kind']): void {
    this.lines.push(`delete ${kind} ${this.#table} ${name}`);
  }

  addElements(name: string, elements: readonly (readonly [string, string])[]): void {
    const items = elements.map(([key, value]) => (value === '' ? key : `${key} : ${value}`));
    if (items.length > 0) this.lines.push(`add element ${this.#table} ${name} { ${items.join(', ')} }`);
  }

  deleteElements(name: string, elements: readonly (readonly [string, string])[]): void {
    const items = elements.map(([key, value]) => (value === '' ? key : `${key} : ${value}`));
    if (items.length > 0) this.lines.push(`delete element ${this.#table} ${name} { ${items.join(', ')} }`);
  }

  toString(): string {
    return this.lines.length === 0 ? '' : `${this.lines.join('\n')}\n`;
  }
}

/**
 * Makes a table what it is to be, whatever is in it: an earlier process's, or what somebody has changed. Clients that
 * are to keep their endpoint are not forgotten.
 */
export function wholeTransaction(found: FoundTable, wanted: Ruleset, family: IpFamily): Transaction {
  const script = new Script(family);
  const stale = found.chains.filter((name) => isServiceChain(name) && !wanted.chains.has(name));
  script.table();
  for (const [name, chain] of wanted.chains) script.addChain(name, chain);
  for (const name of [...wanted.chains.keys(), ...stale]) script.flushChain(name);
  for (const name of found.sets)
    if (isAffinitySet(name) && !wanted.collections.has(name)) script.deleteCollection(name, 'set');
  for (const [name, collection] of wanted.collections) {
    script.addCollection(name, collection);
    if (collection.elements !== undefined) script.flushCollection(name, collection);
  }
  for (const [name, chain] of wanted.chains) script.addRules(name, chain);
  for (const [name, { elements }] of wanted.collections) script.addElements(name, [...(elements ?? [])]);
  return { script: script.toString(), stale };
}

/** Makes of a table that is as `before` one that is as `after`, with no more commands than that takes. */
export function changeTransaction(before: Ruleset, after: Ruleset, family: IpFamily): Transaction {
  const script = new Script(family);
  const gone = [...before.chains.keys()].filter((name) => !after.chains.has(name));
  const changed = [...after.chains].filter(([name, chain]) => !sameRules(before.chains.get(name), chain));
  for (const [name, chain] of changed) if (!before.chains.has(name)) script.addChain(name, chain);
  // What nothing leads to any more may be there still, waiting to be deleted: it is empty then.
  for (const name of [...changed.map(([name]) => name), ...gone]) script.flushChain(name);
  const dropped = [...before.collections].filter(([name]) => !after.collections.has(name));
  const added = [...after.collections].filter(([name]) => !before.collections.has(name));
  for (const [name, collection] of added) script.addCollection(name, collection);
  for (const [name, chain] of changed) script.addRules(name, chain);
  for (const [name, { elements }] of after.collections)
    changeElements(script, name, before.collections.get(name)?.elements, elements);
  for (const [name, { kind }] of dropped) script.deleteCollection(name, kind);
  return { script: script.toString(), stale: gone };
}

function changeElements(
  script: Script,
  name: string,
  before: Collection['elements'] = new Map(),
  after: Collection['elements'] = new Map(),
): void {
  script.deleteElements(
    name,
    [...before].filter(([key, value]) => after.get(key) !== value),
  );
  script.addElements(
    name,
    [...after].filter(([key, value]) => before.get(key) !== value),
  );
}

function sameRules(before: Chain | undefined, after: Chain): boolean {
  return (
    before !== undefined &&
    before.rules.length === after.rules.length &&
    before.rules.every((rule, i) => rule === after.rules[i])
  );
}

/** Deletes chains that are empty and that nothing leads to. */
export function deletionScript(chains: readonly string[], family: IpFamily): string {
  const script = new Script(family);
  for (const name of chains) script.deleteChain(name);
  return script.toString();
}

/** Leaves nothing of the table. Adding it first makes it no error that there is none. */
export function removalScript(family: IpFamily): string {
  const table = `${family === 'IPv4' ? 'ip' : 'ip6'} ${TABLE}`;
  return `add table ${table}\ndelete table ${table}\n`;
}
