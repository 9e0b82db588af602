import { type Pod, type PodCondition, pods } from '@hawser/api';
import type { ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { timestamp } from '../node-lifecycle/node-condition.ts';

/** Says in a pod's status why it is about to be deleted; with `phase`, that it has ended, too. */
export async function markDisrupted(
  { client, clock }: ControllerContext,
  pod: Pod,
  why: { readonly reason: string; readonly message: string; readonly phase?: 'Failed' },
  signal: AbortSignal,
): Promise<void> {
  const { phase, ...words } = why;
  const lastTransitionTime = timestamp(clock.now());
  const condition: PodCondition = { type: 'DisruptionTarget', status: 'True', ...words, lastTransitionTime };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
  const status = { conditions: [...others, condition], ...(phase ? { phase } : {}) };
  const { name, namespace, uid } = pod.metadata;
  const patch = { metadata: { uid }, status };
  await client
    .patch(pods, name, patch, { namespace, subresource: 'status', type: 'merge', signal })
    .catch(ignoreNotFound);
}
