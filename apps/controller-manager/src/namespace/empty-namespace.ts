import {
  type DiscoveredResource,
  discoverResources,
  type GenericObject,
  type KubeClient,
  StatusError,
} from '@hawser/client';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import type { ContentReport } from './namespace-conditions.ts';

/**
 * Deletes everything in a namespace, of whatever kind the server has, and counts what is left: objects whose grace
 * period runs or that finalizers hold back. Pods go first, as upstream's ordered deletion has it, so that nothing that
 * protects them (a NetworkPolicy, say) goes while they run.
 */
export async function emptyNamespace(
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<ContentReport> {
  const report = {
    failures: [] as string[],
    remaining: new Map<string, number>(),
    finalizers: new Map<string, number>(),
  };
  const discovered = await discover(client, signal);
  const deletable = discovered.resources.filter(isDeletable);
  const isPods = ({ group, plural }: DiscoveredResource) => group === '' && plural === 'pods';
  for (const stage of [deletable.filter(isPods), deletable.filter((resource) => !isPods(resource))]) {
    await Promise.all(stage.map((resource) => emptyResource(client, resource, namespace, report, signal)));
    if (report.remaining.size > 0 || report.failures.length > 0) break;
  }
  return { ...report, discoveryFailure: discovered.failure };
}

async function discover(client: KubeClient, signal: AbortSignal) {
  try {
    const { resources, failedGroupVersions } = await discoverResources(client, signal);
    const failure = failedGroupVersions.length > 0 ? failedGroupVersions.join(', ') : undefined;
    return { resources, failure };
  } catch (error) {
    if (error instanceof StatusError) return { resources: [], failure: error.message };
    throw error;
  }
}

function isDeletable({ namespaced, verbs }: DiscoveredResource): boolean {
  return (
    namespaced && verbs.includes('list') && (verbs.includes('delete') || verbs.includes('deletecollection'))
  );
}

async function emptyResource(
  client: KubeClient,
  resource: DiscoveredResource,
  namespace: string,
  report: { failures: string[]; remaining: Map<string, number>; finalizers: Map<string, number> },
  signal: AbortSignal,
): Promise<void> {
  try {
    const items = await deleteAll(client, resource, namespace, signal);
    if (items.length > 0) report.remaining.set(`${resource.plural}.${resource.group}`, items.length);
    for (const finalizer of items.flatMap(({ metadata }) => metadata.finalizers ?? []))
      report.finalizers.set(finalizer, (report.finalizers.get(finalizer) ?? 0) + 1);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    report.failures.push(error.message);
  }
}

/**
 * Deletes what is not going yet; where there is nothing of the kind, as of most kinds in most namespaces, nothing is
 * written. @returns what is left.
 */
async function deleteAll(
  client: KubeClient,
  resource: DiscoveredResource,
  namespace: string,
  signal: AbortSignal,
): Promise<GenericObject[]> {
  const list = async () => (await client.list(resource, { namespace, metadataOnly: true, signal })).items;
  const items = await list();
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (staying.length === 0) return items;
  const options = { namespace, propagationPolicy: 'Background', signal } as const;
  if (resource.verbs.includes('deletecollection')) await client.deleteCollection(resource, options);
  else
    for (const { metadata } of staying)
      await client.delete(resource, metadata.name, options).catch(ignoreNotFound);
  return await list();
}
