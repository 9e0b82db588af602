import { expect, test } from 'bun:test';
import type { ServerResponse } from 'node:http';
import { type ConfigMap, configMaps } from '@hawser/api';
import { FakeClock } from '@hawser/runtime';
import { Informer } from './informer.ts';
import { answer, eventually, refusal, TestServer } from './testing.ts';

const configMap = (name: string, resourceVersion: string, uid = name) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'x', resourceVersion, uid },
});

/** A server of one collection: what it lists is settable, each watch is at hand to write events to. */
async function collection() {
  const state = {
    items: [configMap('a', '1'), configMap('b', '2')],
    resourceVersion: '2',
    lists: 0,
    watches: [] as { from: string; response: ServerResponse }[],
    refuse: undefined as ReturnType<typeof refusal> | undefined,
  };
  const server = await TestServer.start((request, response) => {
    const query = new URL(request.url, 'https://x').searchParams;
    if (!query.has('watch')) {
      state.lists += 1;
      const page = query.get('continue') ? state.items.slice(1) : state.items.slice(0, 1);
      const rest = query.get('continue') || state.items.length < 2 ? {} : { continue: 'next' };
      return answer(response, 200, {
        metadata: { resourceVersion: state.resourceVersion, ...rest },
        items: page,
      });
    }
    if (state.refuse) {
      const refused = state.refuse;
      state.refuse = undefined;
      return answer(response, refused.code, refused);
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    state.watches.push({ from: query.get('resourceVersion') ?? '', response });
  });
  const send = (type: string, object: object) =>
    state.watches.at(-1)!.response.write(`${JSON.stringify({ type, object })}\n`);
  return { server, state, send };
}

/** Runs an informer and writes down what its handler hears. */
function observe(server: TestServer, clock?: FakeClock) {
  const informer = new Informer(server.client(clock ? { clock } : {}), configMaps, { clock });
  const heard: string[] = [];
  const name = (object: ConfigMap) => `${object.metadata.name}@${object.metadata.resourceVersion}`;
  informer.subscribe({
    added: (object) => heard.push(`+${name(object)}`),
    updated: (_, object) => heard.push(`~${name(object)}`),
    deleted: (object) => heard.push(`-${name(object)}`),
  });
  const stop = new AbortController();
  const done = informer.run(stop.signal);
  return {
    informer,
    heard,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done;
    },
  };
}

test('lists all pages, then follows the watch', async () => {
  const { server, state, send } = await collection();
  await using _server = server;
  await using observed = observe(server);
  await observed.informer.synced;
  await eventually(() => state.watches.length === 1);
  expect(state.watches[0]!.from).toBe('2');
  send('ADDED', configMap('c', '3'));
  send('MODIFIED', configMap('a', '4'));
  send('DELETED', configMap('b', '5'));
  await eventually(() => observed.heard.length === 5);
  expect(observed.heard).toEqual(['+a@1', '+b@2', '+c@3', '~a@4', '-b@5']);
  expect(observed.informer.list().map((object) => object.metadata.name)).toEqual(['a', 'c']);
  expect(observed.informer.get('x/c')?.metadata.resourceVersion).toBe('3');
});

test('resumes from the last bookmark when the connection breaks', async () => {
  const { server, state, send } = await collection();
  await using _server = server;
  await using observed = observe(server);
  await eventually(() => state.watches.length === 1);
  send('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: '90' } });
  send('MODIFIED', configMap('a', '91'));
  send('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: '99' } });
  await eventually(() => observed.heard.includes('~a@91'));
  server.breakConnections();
  await eventually(() => state.watches.length === 2);
  expect(state.watches[1]!.from).toBe('99');
  expect(state.lists).toBe(2);
});

test.each(['as the answer', 'as an event'])(
  'lists again after 410 %s and tells what changed meanwhile',
  async (how) => {
    const { server, state, send } = await collection();
    await using _server = server;
    const gone = refusal(410, 'Expired');
    if (how === 'as the answer') state.refuse = gone;
    await using observed = observe(server);
    await observed.informer.synced;
    state.items = [configMap('a', '7', 'another-a'), configMap('d', '8')];
    state.resourceVersion = '8';
    if (how === 'as an event') {
      await eventually(() => state.watches.length === 1);
      send('ERROR', gone);
    }
    await eventually(() => observed.heard.length === 6);
    expect(observed.heard.slice(2)).toEqual(['-a@1', '+a@7', '+d@8', '-b@2']);
    await eventually(() => state.watches.at(-1)?.from === '8');
  },
);

test('lists again when the server was set back to an earlier state', async () => {
  const { server, state } = await collection();
  await using _server = server;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  state.refuse = { ...refusal(504, 'Timeout'), details: { causes } };
  await using observed = observe(server);
  await observed.informer.synced;
  state.items = [configMap('a', '1'), configMap('z', '1')];
  state.resourceVersion = '1';
  await eventually(() => state.watches.at(-1)?.from === '1');
  expect(observed.heard).toEqual(['+a@1', '+b@2', '+z@1', '-b@2']);
});

test('takes a silent watch for dead and resumes', async () => {
  const { server, state } = await collection();
  await using _server = server;
  const clock = new FakeClock();
  await using observed = observe(server, clock);
  await observed.informer.synced;
  await eventually(() => state.watches.length === 1);
  // The clock moves on until the client, which may have yet to see the answer's head, has waited long enough.
  await eventually(() => {
    if (state.watches.length === 1) clock.advance(150_000);
    return state.watches.length === 2;
  });
  expect(state.watches[1]!.from).toBe('2');
});

test('finds objects by index, through changes', async () => {
  const { server, state, send } = await collection();
  await using _server = server;
  const byUid = { uid: (object: ConfigMap) => [object.metadata.uid ?? ''] };
  const informer = new Informer(server.client(), configMaps, { indexes: byUid });
  const stop = new AbortController();
  const done = informer.run(stop.signal);
  await informer.synced;
  await eventually(() => state.watches.length === 1);
  send('MODIFIED', configMap('a', '4', 'changed'));
  await eventually(() => informer.index('uid', 'changed').length === 1);
  expect(informer.index('uid', 'a')).toEqual([]);
  stop.abort();
  await done;
});

test('knows since when it hears of changes, and that it does not while the server is away', async () => {
  const { server } = await collection();
  await using _server = server;
  const clock = new FakeClock();
  await using observed = observe(server, clock);
  const { informer } = observed;
  expect(informer.listeningSinceMs).toBeUndefined();
  await eventually(() => informer.listeningSinceMs !== undefined);
  expect(informer.listeningSinceMs).toBe(clock.now().getTime());
  server.breakConnections();
  await eventually(() => informer.listeningSinceMs === undefined);
  clock.advance(1_000);
  await eventually(() => informer.listeningSinceMs !== undefined);
  expect(informer.listeningSinceMs).toBe(clock.now().getTime());
});
