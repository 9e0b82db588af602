import { type AnyKind, allKinds, type Kind } from '@hawser/api';

/** What is served, in the forms in which clients ask (aggregated v2 and v2beta1, and the older lists). */

/** Preferred order of groups, as upstream's priorities give it. */
export const groupVersions: readonly { group: string; version: string; kinds: readonly AnyKind[] }[] =
  groupsOf(allKinds);

function groupsOf(kinds: readonly AnyKind[]) {
  const groups = new Map<string, { group: string; version: string; kinds: AnyKind[] }>();
  for (const kind of kinds) {
    const known = groups.get(kind.apiVersion) ?? { group: kind.group, version: kind.version, kinds: [] };
    known.kinds.push(kind);
    groups.set(kind.apiVersion, known);
  }
  return [...groups.values()];
}

const versionName = ({ group, version }: { group: string; version: string }) =>
  group === '' ? version : `${group}/${version}`;

/** `/api` or `/apis` as `APIGroupDiscoveryList`. */
export function aggregatedDiscovery(core: boolean, version: 'v2' | 'v2beta1'): object {
  const items = groupVersions
    .filter(({ group }) => (group === '') === core)
    .map((entry) => ({
      metadata: { name: entry.group, creationTimestamp: null },
      versions: [{ version: entry.version, freshness: 'Current', resources: entry.kinds.map(discoveryOf) }],
    }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

function discoveryOf(kind: Kind): object {
  const scope = kind.namespaced ? 'Namespaced' : 'Cluster';
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope,
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(Object.keys(kind.subresources).length > 0 ? { subresources: subresourceDiscovery(kind) } : {}),
  };
}

function subresourceDiscovery(kind: Kind): object[] {
  return Object.entries(kind.subresources).map(([subresource, { verbs, kind: spoken }]) => ({
    subresource,
    responseKind: spoken ?? { group: kind.group, version: kind.version, kind: kind.kind },
    verbs,
  }));
}

/** `/api`: the versions of the core group. */
export function apiVersions(serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** `/apis`: the groups. */
export function apiGroupList(): object {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groupVersions.filter(({ group }) => group !== '').map(apiGroup),
  };
}

/** `/apis/GROUP`; undefined where there is no such group. */
export function apiGroupNamed(name: string): object | undefined {
  const found = groupVersions.find(({ group }) => group === name && group !== '');
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(found) };
}

function apiGroup(entry: { group: string; version: string }) {
  const version = { groupVersion: versionName(entry), version: entry.version };
  return { name: entry.group, versions: [version], preferredVersion: version };
}

/** `/api/v1` and `/apis/GROUP/VERSION`; undefined where there is no such version. */
export function apiResourceList(group: string, version: string): object | undefined {
  const found = groupVersions.find((entry) => entry.group === group && entry.version === version);
  return (
    found && {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: versionName(found),
      resources: found.kinds.flatMap(resourcesOf),
    }
  );
}

function resourcesOf(kind: Kind): object[] {
  const own = {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
  };
  const subresources = Object.entries(kind.subresources).map(([name, { verbs, kind: spoken }]) => ({
    name: `${kind.plural}/${name}`,
    singularName: '',
    namespaced: kind.namespaced,
    kind: spoken?.kind ?? kind.kind,
    verbs,
    ...(spoken === undefined ? {} : { group: spoken.group, version: spoken.version }),
  }));
  return [own, ...subresources];
}
