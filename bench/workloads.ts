import { connectOnce, Requester, type Subject } from './connection.ts';

const CONNECTIONS = 32;
const CREATES = 2_000;
const GETS = 8_000;
const LISTS = 60;
const WATCHERS = 100;
const WATCHED_WRITES = 200;
const NEW_CONNECTIONS = 400;
const PAYLOAD = 'x'.repeat(800);

/** What one workload did: so many operations in so many milliseconds. */
export interface Work {
  readonly operations: number;
  readonly elapsedMs: number;
}

/** A collection of ConfigMaps to work in; the workloads are run in their order, later ones read what earlier made. */
interface Place {
  readonly subject: Subject;
  readonly requester: Requester;
  readonly collection: string;
  /** The part of each workload that is done, 0 to 1. */
  readonly scale: number;
}

const configMap = (name: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { payload: PAYLOAD } });

/** What is measured, in this order. An operation is a request, an event that one watcher received, a connection. */
export const WORKLOADS: Readonly<Record<string, (place: Place) => Promise<Work>>> = {
  creates: ({ requester, collection, scale }) =>
    repeat(CREATES * scale, CONNECTIONS, (i) => requester.send('POST', collection, configMap(`c-${i}`))),
  gets: ({ requester, collection, scale }) =>
    repeat(GETS * scale, CONNECTIONS, (i) =>
      requester.send('GET', `${collection}/c-${i % (CREATES * scale)}`),
    ),
  'lists of 2,000': ({ requester, collection, scale }) =>
    repeat(LISTS * scale, 4, () => requester.send('GET', collection)),
  'watch events': watchEvents,
  connections: ({ subject, scale }) => repeat(NEW_CONNECTIONS * scale, 16, () => connectOnce(subject)),
};

/** Runs something with a namespace of its own, and takes that away again. */
export async function inNamespace<T>(
  subject: Subject,
  scale: number,
  task: (place: Place) => Promise<T>,
): Promise<T> {
  using requester = new Requester(subject, CONNECTIONS);
  const name = `bench-${process.pid}-${scale * 100}`;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await requester.send('POST', '/api/v1/namespaces', JSON.stringify(namespace));
  try {
    return await task({
      subject,
      requester,
      collection: `/api/v1/namespaces/${name}/configmaps`,
      scale,
    });
  } finally {
    await requester.send('DELETE', `/api/v1/namespaces/${name}/configmaps`);
    await requester.send('DELETE', `/api/v1/namespaces/${name}`);
  }
}

/** Does a task so many times, so many at once. */
async function repeat(times: number, atOnce: number, task: (i: number) => Promise<unknown>): Promise<Work> {
  const started = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < times) await task(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { operations: times, elapsedMs: performance.now() - started };
}

/** Events that all watchers together receive while objects are created. */
async function watchEvents({ requester, collection, scale }: Place): Promise<Work> {
  const marker = Buffer.from('"type":"ADDED"');
  const writes = WATCHED_WRITES * scale;
  const wanted = WATCHERS * writes;
  let seen = 0;
  const done = Promise.withResolvers<void>();
  const count = (chunk: Buffer) => {
    for (let at = chunk.indexOf(marker); at !== -1; at = chunk.indexOf(marker, at + 1)) seen += 1;
    // A marker cut in two by a chunk's end is missed; a handful of those must not hold the round up.
    if (seen >= wanted * 0.99) done.resolve();
  };
  const query = `${collection}?watch=true&resourceVersion=${await newestVersion(requester, collection)}`;
  const watches = await Promise.all(Array.from({ length: WATCHERS }, () => requester.watch(query, count)));
  const started = performance.now();
  await repeat(writes, 8, (i) => requester.send('POST', collection, configMap(`w-${i}`)));
  await done.promise;
  const elapsedMs = performance.now() - started;
  for (const watch of watches) watch[Symbol.dispose]();
  return { operations: seen, elapsedMs };
}

async function newestVersion(requester: Requester, collection: string): Promise<string> {
  const head = await requester.read(`${collection}?limit=1`);
  return JSON.parse(head).metadata.resourceVersion;
}
