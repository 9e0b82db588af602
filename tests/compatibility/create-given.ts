import { kindFor } from '@hawser/api';
import { expectJson } from '../cluster/expectations.ts';
import type { Json } from '../cluster/wire-client.ts';
import type { Stage } from './stage.ts';

/** Creates what a scenario starts from, over the API. @throws Error when the hub does not know the kind. */
export async function createGiven(stage: Stage, objects: readonly object[]): Promise<void> {
  for (const object of objects) {
    const filled = JSON.parse(stage.fill(JSON.stringify(object))) as Json;
    expectJson(await stage.cluster.admin.post(collectionOf(stage, filled), filled), 201);
  }
}

function collectionOf(stage: Stage, { apiVersion, kind, metadata }: Json): string {
  const known = kindFor(apiVersion, kind);
  if (known === undefined) throw new Error(`there is no kind ${apiVersion} ${kind}`);
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = known.namespaced ? `/namespaces/${metadata.namespace ?? stage.namespace}` : '';
  return `${root}${scope}/${known.plural}`;
}
