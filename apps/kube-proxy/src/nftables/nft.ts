import { runCommand } from '../node/run-command.ts';
import type { IpFamily } from '../services/ip-family.ts';
import { type FoundTable, TABLE } from './ruleset.ts';

/** The nft command in this process's network namespace. */
export class Nft {
  constructor(
    readonly path: string,
    readonly family: IpFamily,
  ) {}

  /** Carries out commands, all or none. @throws CommandError with nft's complaint. */
  async apply(script: string): Promise<void> {
    await runCommand([this.path, '-f', '-'], script);
  }

  /** Has the kernel check commands without carrying them out. @throws CommandError with the complaint. */
  async check(script: string): Promise<void> {
    await runCommand([this.path, '-c', '-f', '-'], script);
  }

  /** Our table without the elements of its sets and maps; empty where it is missing. @throws CommandError. */
  async list(): Promise<string> {
    const family = this.family === 'IPv4' ? 'ip' : 'ip6';
    const tables = await runCommand([this.path, 'list', 'tables', family]);
    if (!tables.split('\n').includes(`table ${family} ${TABLE}`)) return '';
    return await runCommand([this.path, '-t', 'list', 'table', family, TABLE]);
  }
}

/** The names of what a table has, from what nft lists. */
export function namesIn(listing: string): FoundTable {
  const names = (kind: string) =>
    [...listing.matchAll(new RegExp(`^\\t${kind} (\\S+) \\{`, 'gm'))].map(([, name]) => name!);
  return { chains: names('chain'), sets: names('set'), maps: names('map') };
}

/** How many rules each chain of a table has, from what nft lists: a line each, indented twice. */
export function ruleCountsIn(listing: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, name, body = ''] of listing.matchAll(/^\tchain (\S+) \{\n([\s\S]*?)^\t\}/gm)) {
    const lines = body.split('\n').filter((line) => line.startsWith('\t\t'));
    counts.set(name!, lines.filter((line) => !/^\t\t(type \w+ hook|comment) /.test(line)).length);
  }
  return counts;
}
