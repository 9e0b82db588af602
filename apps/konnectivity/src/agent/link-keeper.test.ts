import { expect, test } from 'bun:test';
import { type Logger, silentLogger } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import { IdentityNotReadyError, type LinkIdentity } from './link-identity.ts';
import { LinkKeeper } from './link-keeper.ts';
import type { OpenedLink } from './open-link.ts';
import type { ServerEndpoint } from './server-endpoints.ts';
import { ServerLinks } from './server-links.ts';
import { identityNamed, ServerConnectionDouble, settled } from './testing/server-double.ts';

type Answer = (identity: LinkIdentity) => Promise<ServerConnectionDouble>;

/** A keeper whose servers are what the test says stands behind each address. */
class Scene implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly opened: ServerConnectionDouble[] = [];
  readonly tries: { address: string; atMs: number }[] = [];
  readonly warnings: string[] = [];
  readonly #stop = new AbortController();
  identity: LinkIdentity | Error = identityNamed('first');
  wanted: number | undefined;
  readonly links: ServerLinks;
  readonly #running: Promise<void>;

  constructor(
    readonly answers: Record<string, Answer>,
    { syncForever = false } = {},
  ) {
    const logger: Logger = { ...silentLogger, warn: (_values, message) => void this.warnings.push(message) };
    this.links = new ServerLinks({
      clock: this.clock,
      logger,
      onLost: (link, lastedMs) => keeper.lost(link, lastedMs),
    });
    const keeper = new LinkKeeper({
      links: this.links,
      endpoints: async () => Object.keys(this.answers).map((address) => ({ host: 'servers', address })),
      identity: () => {
        if (this.identity instanceof Error) throw this.identity;
        return this.identity;
      },
      open: (endpoint, identity) => this.#open(endpoint, identity),
      wanted: () => this.wanted ?? Math.max(1, this.links.lastServerCount),
      syncForever,
      syncIntervalMs: 1_000,
      syncIntervalCapMs: 10_000,
      probeIntervalMs: 1_000,
      clock: this.clock,
      logger,
    });
    this.#running = keeper.run(this.#stop.signal);
  }

  async #open({ address }: ServerEndpoint, identity: LinkIdentity): Promise<OpenedLink> {
    this.tries.push({ address, atMs: this.clock.now().getTime() });
    const connection = await this.answers[address]!(identity);
    this.opened.push(connection);
    return { connection, protocol: 'yamux', pendingDials: () => 0 };
  }

  /** Moves time on in small steps, between which everything has its say. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      await settled();
      this.clock.advance(10);
    }
    await settled();
  }

  triesOf(address: string): number {
    return this.tries.filter((each) => each.address === address).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await settled();
    this.clock.advance(1_000);
    await this.#running;
  }
}

const server = (serverID: string, serverCount: number) => async () =>
  new ServerConnectionDouble(serverID, serverCount);
const refusing: Answer = () => Promise.reject(new Error('connection refused'));
const hanging: Answer = () => new Promise(() => {});

test('every server behind one address is met, and what is met twice is closed', async () => {
  const order = ['a', 'a', 'b', 'a', 'c'];
  await using scene = new Scene({
    '10.0.0.1': async () => new ServerConnectionDouble(order.shift() ?? 'a', 3),
  });
  await scene.pass(1_000);
  expect(scene.links.size).toBe(3);
  expect(scene.opened.map(({ isClosed }) => isClosed)).toEqual([false, true, false, true, false]);
  await scene.pass(10_000);
  expect(scene.opened).toHaveLength(5);
});

test('each address of the servers is connected to once', async () => {
  await using scene = new Scene({ '10.0.0.1': server('a', 2), '10.0.0.2': server('b', 2) });
  await scene.pass(100);
  expect(scene.links.size).toBe(2);
  expect(scene.tries).toHaveLength(2);
});

test('an address that does not answer does not hold up another', async () => {
  await using scene = new Scene({ '10.0.0.1': hanging, '10.0.0.2': server('b', 2) });
  await scene.pass(500);
  expect(scene.links.size).toBe(1);
});

test('a link that is lost is replaced at once', async () => {
  await using scene = new Scene({ '10.0.0.1': server('a', 1) });
  await scene.pass(5_000);
  scene.opened[0]!.close(new Error('reset'));
  await settled();
  await settled();
  expect(scene.links.size).toBe(1);
  expect(scene.warnings).toEqual(['lost the link to a server']);
});

test('a server that is away for half a minute is back within a second and a half', async () => {
  await using scene = new Scene({ '10.0.0.1': server('a', 1) });
  await scene.pass(5_000);
  scene.answers['10.0.0.1'] = refusing;
  scene.opened[0]!.close();
  await scene.pass(30_000);
  expect(scene.links.size).toBe(0);
  scene.answers['10.0.0.1'] = server('a2', 1);
  await scene.pass(1_500);
  expect(scene.links.size).toBe(1);
  const failures = scene.warnings.filter((message) => message.startsWith('cannot connect'));
  expect(failures).toHaveLength(1);
});

test('a server that takes agents and drops them is not hammered', async () => {
  await using scene = new Scene({
    '10.0.0.1': async () => {
      const connection = new ServerConnectionDouble('a');
      queueMicrotask(() => connection.close(new Error('crashed')));
      return connection;
    },
  });
  await scene.pass(10_000);
  expect(scene.tries.length).toBeLessThan(20);
});

test('with one of two servers gone, the other is asked for it as seldom as a missing one', async () => {
  await using scene = new Scene({ '10.0.0.1': server('a', 2), '10.0.0.2': refusing });
  await scene.pass(10_000);
  expect(scene.links.size).toBe(1);
  expect(scene.triesOf('10.0.0.1')).toBeLessThan(20);
  expect(scene.triesOf('10.0.0.2')).toBeGreaterThan(8);
});

test('a new identity makes new links, and old ones end with their tunnels', async () => {
  await using scene = new Scene({ '10.0.0.1': server('a', 2), '10.0.0.2': server('b', 2) });
  await scene.pass(100);
  const old = [...scene.opened];
  old[0]!.tunnels = 1;
  scene.identity = identityNamed('second');
  await scene.pass(1_500);
  expect(scene.links.size).toBe(2);
  expect(scene.links.staleFor(identityNamed('second'))).toEqual([]);
  expect(old.map(({ isDraining, isClosed }) => [isDraining, isClosed])).toEqual([
    [true, false],
    [true, true],
  ]);
  old[0]!.tunnels = 0;
  await scene.pass(100);
  expect(old[0]!.isClosed).toBe(true);
  expect(scene.warnings).toEqual([]);
});

test('the old link stays while none can be made with the new identity', async () => {
  await using scene = new Scene({ '10.0.0.1': server('a', 1) });
  await scene.pass(100);
  scene.answers['10.0.0.1'] = refusing;
  scene.identity = identityNamed('second');
  await scene.pass(5_000);
  expect(scene.links.size).toBe(1);
  expect(scene.opened[0]!.isDraining).toBe(false);
});

test('an agent without an identity waits for it and says so once', async () => {
  await using scene = new Scene({ '10.0.0.1': server('a', 1) });
  scene.identity = new IdentityNotReadyError('client.pem cannot be read');
  await scene.pass(5_000);
  // What it had when it began was enough for a link.
  scene.opened[0]!.close();
  await scene.pass(5_000);
  expect(scene.warnings.filter((message) => message.startsWith('waiting'))).toHaveLength(1);
  expect(scene.links.size).toBe(0);
  scene.identity = identityNamed('first');
  await scene.pass(400);
  expect(scene.links.size).toBe(1);
});

test('a server that goes away is replaced while its tunnels run on', async () => {
  const ids = ['a', 'b'];
  await using scene = new Scene({
    '10.0.0.1': async () => new ServerConnectionDouble(ids.shift()!, 1),
  });
  await scene.pass(5_000);
  const [first] = scene.opened;
  first!.tunnels = 1;
  first!.goAway();
  await scene.pass(100);
  expect(scene.links.size).toBe(1);
  expect([scene.opened.length, first!.isClosed]).toEqual([2, false]);
  first!.tunnels = 0;
  await scene.pass(100);
  expect(first!.isClosed).toBe(true);
});

test('a greater number of servers has the rest looked for', async () => {
  const ids = ['a', 'b'];
  await using scene = new Scene({
    '10.0.0.1': async () => new ServerConnectionDouble(ids.shift() ?? 'b', 1),
  });
  await scene.pass(3_000);
  expect(scene.links.size).toBe(1);
  scene.wanted = 2;
  await scene.pass(1_100);
  expect(scene.links.size).toBe(2);
});

test('--sync-forever looks for servers that nobody counted', async () => {
  const ids = ['a', 'a', 'a', 'b'];
  await using scene = new Scene(
    { '10.0.0.1': async () => new ServerConnectionDouble(ids.shift() ?? 'b', 1) },
    { syncForever: true },
  );
  await scene.pass(3_000);
  expect(scene.links.size).toBe(2);
});
