import type { KubeClient } from './kube-client.ts';
import type { Resource } from './resource.ts';

/** A resource that the server says it has. */
export interface DiscoveredResource extends Resource {
  readonly verbs: readonly string[];
}

/** What discovery found, and the group versions that it could not read. */
export interface Discovery {
  readonly resources: DiscoveredResource[];
  readonly failedGroupVersions: string[];
}

interface AggregatedDiscovery {
  items?: {
    metadata?: { name?: string };
    versions?: { version: string; freshness?: string; resources?: AggregatedResource[] }[];
  }[];
}

interface AggregatedResource {
  resource: string;
  responseKind?: { kind: string };
  scope: 'Namespaced' | 'Cluster';
  verbs?: string[];
}

const ACCEPT = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/**
 * Asks the server for its resources, subresources excluded, each in the version that its group prefers. Speaks
 * aggregated discovery v2, which API servers have had since 1.30.
 */
export async function discoverResources(client: KubeClient, signal?: AbortSignal): Promise<Discovery> {
  const found: Discovery = { resources: [], failedGroupVersions: [] };
  for (const path of ['/api', '/apis']) {
    const { text } = await client.raw('GET', path, undefined, { headers: { accept: ACCEPT }, signal });
    collect(JSON.parse(text) as AggregatedDiscovery, found);
  }
  return found;
}

/** Versions come most preferred first; a resource that only a lesser version has is taken from there. */
function collect(document: AggregatedDiscovery, found: Discovery): void {
  for (const { metadata, versions = [] } of document.items ?? []) {
    const group = metadata?.name ?? '';
    const seen = new Set<string>();
    for (const { version, freshness, resources = [] } of versions) {
      if (freshness === 'Stale')
        found.failedGroupVersions.push(group === '' ? version : `${group}/${version}`);
      for (const { resource, responseKind, scope, verbs = [] } of resources) {
        if (seen.has(resource)) continue;
        seen.add(resource);
        const kind = responseKind?.kind ?? '';
        found.resources.push({
          group,
          version,
          kind,
          plural: resource,
          namespaced: scope === 'Namespaced',
          verbs,
        });
      }
    }
  }
}
