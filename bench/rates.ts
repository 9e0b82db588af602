/**
 * How many creates, gets, lists, watch events and new connections a second any API server serves:
 *   bun bench/rates.ts --kubeconfig FILE [--rounds 3]
 * Each round runs in a namespace of its own and takes it away again. Raw values and medians go to standard
 * output, as JSON with --json.
 */
import { parseArgs } from 'node:util';
import { connectOnce, Requester, subjectOf } from './connection.ts';
import { median } from './median.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
if (values.kubeconfig === undefined) throw new Error('--kubeconfig is required');
const subject = subjectOf(values.kubeconfig);
const CONNECTIONS = 32;
const CREATES = 2_000;
const GETS = 8_000;
const LISTS = 60;
const WATCHERS = 100;
const WATCHED_WRITES = 200;
const NEW_CONNECTIONS = 400;
const PAYLOAD = 'x'.repeat(800);

/** Runs a task so many times, so many at once. @returns how often a second it was done. */
async function rate(times: number, atOnce: number, task: (i: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < times) await task(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return (times * 1000) / (performance.now() - started);
}

const configMap = (name: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { payload: PAYLOAD } });

async function round(number: number): Promise<Record<string, number>> {
  using requester = new Requester(subject, CONNECTIONS);
  const namespace = `bench-${process.pid}-${number}`;
  await requester.send(
    'POST',
    '/api/v1/namespaces',
    JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
  );
  const collection = `/api/v1/namespaces/${namespace}/configmaps`;
  const creates = await rate(CREATES, CONNECTIONS, (i) =>
    requester.send('POST', collection, configMap(`c-${i}`)),
  );
  const gets = await rate(GETS, CONNECTIONS, (i) => requester.send('GET', `${collection}/c-${i % CREATES}`));
  const lists = await rate(LISTS, 4, () => requester.send('GET', collection));
  const events = await watchRate(requester, collection);
  const connections = await rate(NEW_CONNECTIONS, 16, () => connectOnce(subject));
  await requester.send('DELETE', `/api/v1/namespaces/${namespace}`);
  return { creates, gets, lists, events, connections };
}

/** Events a second that all watchers together receive while objects are created. */
async function watchRate(requester: Requester, collection: string): Promise<number> {
  const marker = Buffer.from('"type":"ADDED"');
  const wanted = WATCHERS * WATCHED_WRITES;
  let seen = 0;
  const done = Promise.withResolvers<void>();
  const count = (chunk: Buffer) => {
    for (let at = chunk.indexOf(marker); at !== -1; at = chunk.indexOf(marker, at + 1)) seen += 1;
    // A marker cut in two by a chunk's end is missed; a handful of those must not hold the round up.
    if (seen >= wanted * 0.99) done.resolve();
  };
  const query = `${collection}?watch=true&labelSelector=&resourceVersion=${await newestVersion(collection)}`;
  const watches = await Promise.all(Array.from({ length: WATCHERS }, () => requester.watch(query, count)));
  const started = performance.now();
  await rate(WATCHED_WRITES, 8, (i) => requester.send('POST', collection, configMap(`w-${i}`)));
  await done.promise;
  const perSecond = (seen * 1000) / (performance.now() - started);
  for (const watch of watches) watch[Symbol.dispose]();
  return perSecond;
}

async function newestVersion(collection: string): Promise<string> {
  using requester = new Requester(subject, 1);
  let head = '';
  const watch = await requester.watch(`${collection}?limit=1`, (chunk) => {
    head += chunk;
  });
  while (!/"resourceVersion":"\d+"/.test(head)) await new Promise((resolve) => setImmediate(resolve));
  watch[Symbol.dispose]();
  return /"resourceVersion":"(\d+)"/.exec(head)![1]!;
}

const rounds: Record<string, number>[] = [];
for (let number = 1; number <= Number(values.rounds); number += 1) rounds.push(await round(number));
const names = Object.keys(rounds[0]!);
const result = Object.fromEntries(
  names.map((name) => [
    name,
    { median: Math.round(median(rounds.map((r) => r[name]!))), raw: rounds.map((r) => Math.round(r[name]!)) },
  ]),
);
if (values.json) console.log(JSON.stringify(result));
else
  for (const [name, { median: middle, raw }] of Object.entries(result))
    console.log(`${name.padEnd(12)} ${middle}/s   (${raw.join(', ')})`);
