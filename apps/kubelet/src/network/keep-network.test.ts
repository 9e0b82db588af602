import { expect, test } from 'bun:test';
import type { Node, nodes } from '@hawser/api';
import type { Informer, InformerHandler } from '@hawser/client';
import { silentLogger } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import { keepNetwork } from './keep-network.ts';
import type { PeerRoute } from './plan-routes.ts';
import type { PodCidr } from './pod-cidr.ts';

/** Nodes as an informer has them; `set` tells of a change. */
class KnownNodes {
  readonly nodes = new Map<string, Node>();
  readonly #handlers: InformerHandler<Node>[] = [];

  set(name: string, podCIDR: string | undefined, address = '10.0.0.9'): void {
    const spec = podCIDR === undefined ? {} : { podCIDR };
    const status = { addresses: [{ type: 'InternalIP', address }] };
    const node = { metadata: { name }, spec, status } as unknown as Node;
    this.nodes.set(name, node);
    for (const handler of this.#handlers) handler.added?.(node);
  }

  get informer(): Informer<typeof nodes> {
    const informer = {
      subscribe: (handler: InformerHandler<Node>) => void this.#handlers.push(handler),
      get: (name: string) => this.nodes.get(name),
      list: () => [...this.nodes.values()],
    };
    return informer as unknown as Informer<typeof nodes>;
  }
}

/** A kubenet that notes what it is told, and fails as often as it is to. */
class NotedKubenet {
  readonly applied: string[] = [];
  failures = 0;
  #problem: string | undefined = 'no range';

  problem = (): string | undefined => this.#problem;

  async configure(podCidr: PodCidr, peers: readonly PeerRoute[]): Promise<void> {
    this.#problem = this.failures > 0 ? 'broken' : undefined;
    if (this.failures-- > 0) throw new Error('broken');
    this.applied.push([podCidr.text, ...peers.map(({ nodeIp }) => nodeIp)].join(' '));
  }
}

function keep() {
  const [known, kubenet, clock] = [new KnownNodes(), new NotedKubenet(), new FakeClock()];
  const changes: (string | undefined)[] = [];
  const stop = new AbortController();
  const options = {
    ...{ kubenet, nodeName: 'own', ownNode: known.informer, allNodes: known.informer, clock },
    onChange: () => changes.push(kubenet.problem()),
    logger: silentLogger,
  };
  const ended = keepNetwork(options, stop.signal);
  const dispose = async () => {
    stop.abort();
    await ended;
  };
  return { known, kubenet, clock, changes, [Symbol.asyncDispose]: dispose };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('nothing is made before the node has a range, and then at once', async () => {
  await using loop = keep();
  loop.known.set('own', undefined);
  await settled();
  expect(loop.kubenet.applied).toEqual([]);
  loop.known.set('own', '10.244.0.0/24');
  await settled();
  expect(loop.kubenet.applied).toEqual(['10.244.0.0/24']);
  expect(loop.changes).toEqual([undefined]);
});

test('it follows the Nodes, and does nothing when they say nothing new', async () => {
  await using loop = keep();
  loop.known.set('own', '10.244.0.0/24');
  await settled();
  loop.known.set('b', '10.244.1.0/24', '10.0.0.2');
  await settled();
  loop.known.set('b', '10.244.1.0/24', '10.0.0.2');
  await settled();
  expect(loop.kubenet.applied).toEqual(['10.244.0.0/24', '10.244.0.0/24 10.0.0.2']);
});

test('what fails is tried again, and what was broken since is mended', async () => {
  await using loop = keep();
  loop.kubenet.failures = 1;
  loop.known.set('own', '10.244.0.0/24');
  await settled();
  expect(loop.changes).toEqual(['broken']);
  loop.clock.advance(1_000);
  await settled();
  expect(loop.kubenet.applied).toHaveLength(1);
  expect(loop.changes).toEqual(['broken', undefined]);
  loop.clock.advance(60_000);
  await settled();
  expect(loop.kubenet.applied).toHaveLength(2);
});
