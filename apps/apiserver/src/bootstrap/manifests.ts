import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeObject, kindFor } from '@hawser/api';
import type { Logger } from '@hawser/observability';
import { type AnyObject, createObject, type Resource, updateObject } from '@hawser/registry';
import { parseAllDocuments } from 'yaml';
import type { Resources } from '../hub.ts';
import { ownWrite } from './own-write.ts';

/** Upstream's addon manager's: `Reconcile` for objects that follow their manifest, `EnsureExists` for the others. */
const MODE_LABEL = 'addonmanager.kubernetes.io/mode';

/**
 * Creates what an installer has laid out for the first start, where it does not exist yet: `hawser init` puts
 * the bindings there that upstream's defaults leave to installers. What exists is not touched, but for objects whose
 * manifest says that they follow it.
 * @throws Error naming the file that cannot be read, so that a half set-up cluster does not start.
 */
export async function applyManifests(directory: string, resources: Resources, logger: Logger): Promise<void> {
  for (const file of readdirSync(directory)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()) {
    for (const document of parseAllDocuments(readFileSync(join(directory, file), 'utf8'))) {
      const value = document.toJS() as { apiVersion?: string; kind?: string } | null;
      if (value === null) continue;
      try {
        const done = await ensure(resources, value);
        if (done !== undefined) logger.info({ file, kind: value.kind }, `${done} object from manifest`);
      } catch (cause) {
        throw new Error(
          `${join(directory, file)}: ${cause instanceof Error ? cause.message : String(cause)}`,
          { cause },
        );
      }
    }
  }
}

async function ensure(
  resources: Resources,
  value: { apiVersion?: string; kind?: string },
): Promise<'created' | 'updated' | undefined> {
  const { apiVersion = '', kind: kindName = '' } = value;
  const kind = kindFor(apiVersion, kindName);
  const resource = kind && resources.find(kind.group, kind.plural);
  if (kind === undefined || resource === undefined)
    throw new Error(`${apiVersion} ${kindName} is not served`);
  const unknown: string[] = [];
  const object = {
    kind: kindName,
    apiVersion,
    ...decodeObject(kind.schema, value, unknown),
  } as unknown as AnyObject;
  if (unknown.length > 0) throw new Error(unknown.join(', '));
  const { namespace = '', name, labels } = object.metadata;
  if (resource.cache.entry(namespace, name) === undefined) {
    await createObject(resource, namespace, object, ownWrite);
    return 'created';
  }
  return labels?.[MODE_LABEL] === 'Reconcile' ? await follow(resource, object) : undefined;
}

/** Makes an object what its manifest says; its other labels and annotations stay. */
async function follow(resource: Resource, object: AnyObject): Promise<'updated' | undefined> {
  const { namespace = '', name, labels, annotations } = object.metadata;
  const before = resource.cache.entry(namespace, name)?.object.metadata.resourceVersion;
  const change = ({ metadata }: AnyObject): AnyObject => ({
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...labels },
      ...(annotations && { annotations: { ...metadata.annotations, ...annotations } }),
    },
  });
  const { entry } = await updateObject(resource, { namespace, name, subresource: '', change }, ownWrite);
  return entry.object.metadata.resourceVersion === before ? undefined : 'updated';
}
