import { expect, test } from 'bun:test';
import { staticCredentials } from '@hawser/client';
import { answer, eventually, TestAuthority, TestServer } from '@hawser/client/testing';
import { silentLogger } from '@hawser/observability';
import { systemClock } from '@hawser/runtime';
import { ClusterAddressWatch } from './cluster-address-watch.ts';
import { parseAddress } from './identifiers/address-range.ts';
import type { ClusterAddresses } from './identifiers/cluster-addresses.ts';

const node = {
  metadata: { name: 'node-1', uid: '1', resourceVersion: '1' },
  status: { addresses: ['10.0.0.1', '127.0.0.1'].map((address) => ({ type: 'InternalIP', address })) },
};

/** Follows a cluster of one Node. @param trusted by whom the API server's certificate must be. */
async function follow(trusted?: TestAuthority) {
  await using stack = new AsyncDisposableStack();
  const api = stack.use(
    await TestServer.start(({ url }, response) => {
      if (url.includes('watch=')) return void response.writeHead(200).flushHeaders();
      answer(response, 200, { kind: 'NodeList', metadata: { resourceVersion: '1' }, items: [node] });
    }),
  );
  const { certificate: ca } = trusted ?? api.authority;
  const changes: ClusterAddresses[] = [];
  const complaints: string[] = [];
  const watch = new ClusterAddressWatch({
    client: stack.use(api.client()),
    credentials: staticCredentials({ ca }, 'x'),
    ...{ hubAddresses: ['192.0.2.1'], serviceRanges: [], clock: systemClock },
    logger: Object.assign(Object.create(silentLogger), {
      warn: (_facts: object, message: string) => void complaints.push(message),
    }),
    onChange: (cluster) => void changes.push(cluster),
  });
  const stop = new AbortController();
  const running = watch.run(stop.signal);
  stack.defer(() => {
    stop.abort();
    return running;
  });
  const owned = stack.move();
  return { api, changes, complaints, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

test('tells of the Nodes together with where the API server is', async () => {
  await using cluster = await follow();
  await eventually(() => cluster.changes.length > 0);
  const [first] = cluster.changes;
  expect([...first!.ownersOf(parseAddress('10.0.0.1')!)]).toEqual(['node-1']);
  for (const hub of ['127.0.0.1', '192.0.2.1']) expect(first!.isHub(parseAddress(hub)!)).toBe(true);
  expect(first!.isHub('localhost')).toBe(true);
});

test('tells nothing while it cannot be known where the API server is', async () => {
  await using cluster = await follow(new TestAuthority());
  await eventually(() => cluster.complaints.length > 0);
  await eventually(() => cluster.api.requests.some(({ url }) => url.includes('watch=')));
  expect(cluster.complaints[0]).toContain("the API server's addresses cannot be asked for");
  expect(cluster.changes).toEqual([]);
});
