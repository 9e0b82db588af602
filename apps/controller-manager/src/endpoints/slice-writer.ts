import { type EndpointSlice, endpointSlices } from '@hawser/api';
import { isNamespaceTerminating } from '@hawser/client';
import type { ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import type { ExpectedSlices } from './expected-slices.ts';
import type { SlicePlan } from './plan-slices.ts';
import type { controllerReference } from './slice-metadata.ts';
import { withTriggerTime } from './trigger-times.ts';

/** What new slices of one owner have in common. */
export interface SliceTemplate {
  readonly key: string;
  readonly namespace: string;
  /** The name that theirs begin with. */
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner: ReturnType<typeof controllerReference>;
  readonly triggerTime: string | undefined;
}

/** Carries out a plan: first what is new, so that no endpoint is missing meanwhile, last what goes. */
export async function writeSlices(
  { client }: ControllerContext,
  plan: SlicePlan,
  template: SliceTemplate,
  expected: ExpectedSlices,
  signal: AbortSignal,
): Promise<void> {
  const { key, namespace, prefix, labels, owner, triggerTime } = template;
  for (const { addressType, ports, endpoints } of plan.create) {
    const metadata = {
      generateName: `${prefix}-`,
      namespace,
      labels: { ...labels },
      ownerReferences: [owner],
      ...withTriggerTime(template.annotations, triggerTime),
    };
    const slice = { metadata, addressType, endpoints: [...endpoints], ports: [...ports] };
    const made = await client
      .create(endpointSlices, slice as unknown as EndpointSlice, { signal })
      .catch(ignoreTerminating);
    if (made === undefined) return;
    expected.wrote(key, made);
  }
  for (const slice of plan.update) {
    const { annotations, ...rest } = slice.metadata;
    const metadata = { ...rest, ...withTriggerTime(template.annotations ?? annotations, triggerTime) };
    expected.wrote(key, await client.update(endpointSlices, { ...slice, metadata }, { signal }));
  }
  for (const { metadata } of plan.remove)
    await client
      .delete(endpointSlices, metadata.name, { namespace, uid: metadata.uid, signal })
      .catch(ignoreNotFound);
}

/** Nothing can be made in a namespace that goes. @throws every other error. */
function ignoreTerminating(error: unknown): undefined {
  if (!isNamespaceTerminating(error)) throw error;
  return undefined;
}
