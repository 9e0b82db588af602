/**
 * One round of `rates.ts`, in a process of its own: `bun bench/rates-round.ts KUBECONFIG [PID …]`. The processes
 * are the server's. Prints, as one line of JSON, by workload: `perSecond`, and the server's processor time for one
 * operation in microseconds.
 */
import { subjectOf } from './connection.ts';
import { processorMicros } from './process-usage.ts';
import { inNamespace, WORKLOADS } from './workloads.ts';

const [kubeconfig, ...pids] = process.argv.slice(2);
if (kubeconfig === undefined) throw new Error('usage: rates-round.ts KUBECONFIG [PID …]');
const server = pids.map(Number);
const result: Record<string, { perSecond: number; processorMicros: number }> = {};
await inNamespace(subjectOf(kubeconfig), async (place) => {
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
