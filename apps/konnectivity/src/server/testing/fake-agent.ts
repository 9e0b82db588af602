import { type Duplex, duplexPair } from 'node:stream';
import { DialError, type Target } from '@hawser/dial';
import { type AgentConnection, AgentGoneError } from '../../link/agent-connection.ts';
import type { ConnectedAgent } from '../backends/connected-agent.ts';
import type { Route } from '../identifiers/decide-claims.ts';

/** How an agent answers a dial; without an answer the dial waits. */
export type FakeAnswer = 'connected' | 'refused' | 'gone' | 'silent';

/** An agent without a connection: stands in for a protocol, which has tests of its own. */
export class FakeAgentConnection implements AgentConnection {
  readonly protocol = 'yamux';
  readonly dialled: Target[] = [];
  /** The far ends of what it has connected. */
  readonly targets: Duplex[] = [];
  draining = false;
  toldToGo = false;
  bytesHeard = 0;
  answer: FakeAnswer = 'connected';
  readonly #closed = Promise.withResolvers<Error | undefined>();

  constructor(readonly agentID: string) {}

  get closed(): Promise<Error | undefined> {
    return this.#closed.promise;
  }

  goAway(): void {
    this.toldToGo = true;
  }

  close(): void {
    this.lose(undefined);
  }

  lose(error: Error | undefined): void {
    this.#closed.resolve(error);
  }

  async dial(target: Target, signal: AbortSignal): Promise<Duplex> {
    this.dialled.push(target);
    if (this.answer === 'refused') throw new DialError('connect: connection refused');
    if (this.answer === 'gone') throw new AgentGoneError('the agent has gone');
    if (this.answer === 'silent')
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new DialError('canceled')), { once: true });
      });
    const [near, far] = duplexPair();
    this.targets.push(far);
    return near;
  }
}

/** An agent that has been let in, with these routes. */
export function fakeAgent(
  agentID: string,
  { nodeName, routes = [] }: { nodeName?: string; routes?: readonly Route[] } = {},
): ConnectedAgent & { readonly connection: FakeAgentConnection } {
  const identity = nodeName === undefined ? `agent:${agentID}` : `system:node:${nodeName}`;
  const credential = { kind: 'token', token: '' } as const;
  const connection = new FakeAgentConnection(agentID);
  const bound = nodeName === undefined ? {} : { nodeName };
  return {
    identity: { name: identity, ...bound, expiresAtMs: Number.POSITIVE_INFINITY, credential },
    connection,
    facts: { agentID, identity, ...bound, protocol: 'yamux', remoteAddress: '127.0.0.1' },
    bytesHeard: () => connection.bytesHeard,
    claims: [],
    malformed: [],
    decision: { routes, rejected: [] },
  };
}
