/**
 * One round of `rates.ts`, in a process of its own: `bun bench/rates-round.ts KUBECONFIG [PID …]`. The processes
 * are the server's. Prints, as one line of JSON, by workload: `perSecond`, and the server's processor time for one
 * operation in microseconds.
 */
import { subjectOf } from './connection.ts';
import { processorMicros } from './process-usage.ts';
import { inNamespace, WORKLOADS } from './workloads.ts';

/** A quarter of everything. */
const WARM_UP = 0.25;

const [kubeconfig, ...pids] = process.argv.slice(2);
if (kubeconfig === undefined) throw new Error('usage: rates-round.ts KUBECONFIG [PID …]');
const server = pids.map(Number);
const result: Record<string, { perSecond: number; processorMicros: number }> = {};
const subject = subjectOf(kubeconfig);
// A server that has just started is measured as one that runs: what it compiles on first use is not counted.
await inNamespace(subject, WARM_UP, async (place) => {
  for (const run of Object.values(WORKLOADS)) await run(place);
});
await inNamespace(subject, 1, async (place) => {
  for (const [name, run] of Object.entries(WORKLOADS)) {
    const before = processorMicros(server);
    const { operations, elapsedMs } = await run(place);
    result[name] = {
      perSecond: (operations * 1000) / elapsedMs,
      processorMicros: (processorMicros(server) - before) / operations,
    };
  }
});
console.log(JSON.stringify(result));
