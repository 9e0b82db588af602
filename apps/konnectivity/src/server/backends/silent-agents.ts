import type { Clock } from '@hawser/runtime';
import type { ConnectedAgent } from './connected-agent.ts';

/**
 * An agent from which nothing at all came for so long, though it was to answer a dial and, after a second, a ping, is
 * not asked again. Less than the time that a dial may take.
 */
const SILENCE_MS = 1_500;

/**
 * Agents that have just left a dial without an answer, and have said nothing since. Their link is given up later, when
 * its keep-alive says so; until then nobody waits for them a second time: clients ask again (kubectl by WebSocket, then
 * by SPDY, `kubectl cp` with two commands), and are to hear within 5 s that the tunnel is cut.
 */
export class SilentAgents {
  /** How much each had said when it was found silent. */
  readonly #silent = new WeakMap<ConnectedAgent, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(agent: ConnectedAgent): boolean {
    return this.#silent.get(agent) === agent.bytesHeard();
  }

  /** Call when an agent is to answer; and what is returned, when it has not until the end. */
  expect(agent: ConnectedAgent): () => void {
    const [heard, sinceMs] = [agent.bytesHeard(), this.#clock.now().getTime()];
    return () => {
      const waitedMs = this.#clock.now().getTime() - sinceMs;
      if (agent.bytesHeard() === heard && waitedMs >= SILENCE_MS) this.#silent.set(agent, heard);
    };
  }
}
