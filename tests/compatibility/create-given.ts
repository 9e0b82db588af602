import { kindFor } from '@hawser/api';
import { expectJson } from '../cluster/expectations.ts';
import type { Json } from '../cluster/wire-client.ts';
import type { Stage } from './stage.ts';

/**
 * Creates what a scenario starts from, over the API; `{uid:NAME}` is the uid of one created before.
 * @throws Error when the hub does not know the kind, or refuses the object.
 */
export async function createGiven(stage: Stage, objects: readonly object[]): Promise<void> {
  const uids = new Map<string, string>();
  for (const object of objects) {
    const text = stage.fill(JSON.stringify(object));
    const filled = JSON.parse(text.replace(/\{uid:(\S+?)\}/g, (_, name) => uids.get(name) ?? '')) as Json;
    const created = expectJson(await stage.cluster.admin.post(collectionOf(stage, filled), filled), 201);
    uids.set(created.metadata.name, created.metadata.uid);
  }
}

function collectionOf(stage: Stage, { apiVersion, kind, metadata }: Json): string {
  const known = kindFor(apiVersion, kind);
  if (known === undefined) throw new Error(`there is no kind ${apiVersion} ${kind}`);
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = known.namespaced ? `/namespaces/${metadata.namespace ?? stage.namespace}` : '';
  return `${root}${scope}/${known.plural}`;
}
