/**
 * How many creates, gets, lists, watch events and new connections a second an API server serves, and what each
 * costs it:
 *   bun bench/rates.ts [--kubeconfig FILE] [--against FILE [--against-pid N …]] [--rounds 3] [--json]
 * Without --kubeconfig a hub of this checkout is started anew for each round. With --against any other API server is
 * measured in the same run: the two take turns, the order is reversed each round, and each round of each is a
 * fresh client process. Processor time and memory are those of the processes that listen on the server's port, and of
 * --against-pid (an etcd, say). Medians, raw values and ratios go to standard output.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { subjectOf } from './connection.ts';
import { FreshCluster } from './fresh-cluster.ts';
import { median } from './median.ts';
import { processesListeningOn, residentMegabytes } from './process-usage.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    against: { type: 'string' },
    'against-pid': { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});

/** By workload, a figure for each round. */
type Figures = Record<string, { perSecond: number[]; processorMicros: number[] }>;

interface Variant {
  readonly name: string;
  readonly figures: Figures;
  readonly residentMegabytes: number[];
  measure(): Promise<void>;
}

function variant(name: string, kubeconfig: string | undefined, morePids: readonly string[]): Variant {
  const figures: Figures = {};
  const memory: number[] = [];
  const round = async (path: string) => {
    const pids = [...processesListeningOn(subjectOf(path).port), ...morePids.map(Number)];
    memory.push(residentMegabytes(pids));
    add(figures, await runRound(path, pids));
  };
  const measure = async () => {
    if (kubeconfig !== undefined) return round(kubeconfig);
    await using cluster = new FreshCluster();
    await cluster.initialize();
    await cluster.startHub();
    await round(cluster.kubeconfig);
  };
  return { name, figures, residentMegabytes: memory, measure };
}

/** A client that has just started knows nothing of the round before. */
async function runRound(kubeconfig: string, pids: readonly number[]) {
  const argv = [process.execPath, join(import.meta.dir, 'rates-round.ts'), kubeconfig, ...pids.map(String)];
  const child = Bun.spawn(argv, { stdout: 'pipe', stderr: 'inherit' });
  const output = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`a round with ${kubeconfig} failed`);
  return JSON.parse(output) as Record<string, { perSecond: number; processorMicros: number }>;
}

function add(figures: Figures, round: Awaited<ReturnType<typeof runRound>>): void {
  for (const [name, { perSecond, processorMicros }] of Object.entries(round)) {
    figures[name] ??= { perSecond: [], processorMicros: [] };
    figures[name].perSecond.push(perSecond);
    figures[name].processorMicros.push(processorMicros);
  }
}

function print(variants: readonly Variant[]): void {
  const [first, second] = variants as [Variant, Variant?];
  for (const name of Object.keys(first.figures)) {
    console.log(name);
    for (const { name: server, figures } of variants) {
      const { perSecond, processorMicros } = figures[name]!;
      const micros = median(processorMicros);
      const cost = micros > 0 ? `${micros.toFixed(micros < 100 ? 1 : 0)} µs of the server each` : '';
      console.log(`  ${server.padEnd(10)} ${format(perSecond)} a second   ${cost}`);
    }
    if (second !== undefined) {
      const ratio = median(first.figures[name]!.perSecond) / median(second.figures[name]!.perSecond);
      console.log(`  ratio      ${ratio.toFixed(2)}`);
    }
  }
  console.log('resident before each round, MB');
  for (const { name, residentMegabytes: memory } of variants)
    console.log(`  ${name.padEnd(10)} ${format(memory)}`);
}

const format = (raw: readonly number[]) =>
  `${Math.round(median(raw)).toLocaleString('en')} (${raw.map((value) => Math.round(value).toLocaleString('en')).join(' · ')})`;

const variants = [variant('hawser', values.kubeconfig, [])];
if (values.against !== undefined) variants.push(variant('against', values.against, values['against-pid']));
for (let number = 0; number < Number(values.rounds); number += 1)
  for (const each of number % 2 === 0 ? variants : variants.toReversed()) await each.measure();
if (values.json) console.log(JSON.stringify(variants.map(({ measure, ...figures }) => figures)));
else print(variants);
