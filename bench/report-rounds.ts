import { median } from './median.ts';

/** What was measured in one round, by name. */
export type Figures = Readonly<Record<string, number>>;

/** Runs so many rounds, one after the other, and prints the median and the raw values of each figure. */
export async function reportRounds(
  round: () => Promise<Figures>,
  { rounds: count, json }: { readonly rounds: string; readonly json: boolean },
): Promise<void> {
  const rounds: Figures[] = [];
  for (let number = 0; number < Number(count); number += 1) rounds.push(await round());
  const names = Object.keys(rounds[0]!);
  const result = Object.fromEntries(
    names.map((name) => {
      const raw = rounds.map((figures) => figures[name]!);
      return [name, { median: Math.round(median(raw)), raw: raw.map(Math.round) }];
    }),
  );
  if (json) return console.log(JSON.stringify(result));
  const width = Math.max(...names.map((name) => name.length));
  for (const [name, { median: middle, raw }] of Object.entries(result))
    console.log(`${name.padEnd(width)} ${middle}   (${raw.join(', ')})`);
}
