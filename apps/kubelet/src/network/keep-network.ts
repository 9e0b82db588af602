import type { Node, nodes } from '@hawser/api';
import type { Informer } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock } from '@hawser/runtime';
import { logFailure } from '../log-failure.ts';
import { Alarm } from '../pods/alarm.ts';
import type { Kubenet } from './kubenet.ts';
import { planRoutes, podCidrOf } from './plan-routes.ts';

export interface NetworkLoopOptions {
  readonly kubenet: Pick<Kubenet, 'configure' | 'problem'>;
  readonly nodeName: string;
  /** Of this Node alone: a kubelet may always read its own. */
  readonly ownNode: Informer<typeof nodes>;
  /** Of all Nodes, which whoever runs kube-proxy may read. */
  readonly allNodes: Informer<typeof nodes>;
  /** Told when pods can get a network, or cannot any more. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What others have broken is mended after so long. */
const RESYNC_MS = 60_000;

/**
 * Keeps the node's part of the pods' network as the Nodes say: its own range, which the controller manager gives it,
 * and the ranges of the others. Runs until the signal aborts.
 */
export async function keepNetwork(options: NetworkLoopOptions, signal: AbortSignal): Promise<void> {
  const { kubenet, ownNode, allNodes, clock, logger, onChange } = options;
  const alarm = new Alarm(clock);
  const ring = () => alarm.ring();
  for (const informer of [ownNode, allNodes])
    informer.subscribe({ added: ring, updated: ring, deleted: ring });
  const backoff = new Backoff({ initialMs: 200, maxMs: 10_000 });
  let applied = '';
  let appliedAtMs = 0;
  for (let tries = 1; !signal.aborted; ) {
    const wanted = wantedNetwork(options);
    const isDue = clock.now().getTime() - appliedAtMs >= RESYNC_MS;
    let waitMs = RESYNC_MS;
    if (wanted !== undefined && (isDue || applied !== JSON.stringify(wanted))) {
      const before = kubenet.problem();
      try {
        await kubenet.configure(wanted.podCidr, wanted.peers);
        applied = JSON.stringify(wanted);
        appliedAtMs = clock.now().getTime();
        backoff.reset();
        tries = 1;
      } catch (error) {
        logFailure(logger, error, tries, 'the network of pods is not as it shall be, trying until it is');
        tries += 1;
        waitMs = backoff.next();
      }
      if (kubenet.problem() !== before) onChange();
    }
    await alarm.wait(waitMs, signal);
  }
}

function wantedNetwork({ ownNode, allNodes, nodeName }: NetworkLoopOptions) {
  const own: Node | undefined = ownNode.get(nodeName);
  const podCidr = own && podCidrOf(own);
  return podCidr && { podCidr, peers: planRoutes(allNodes.list(), { name: nodeName, podCidr }) };
}
