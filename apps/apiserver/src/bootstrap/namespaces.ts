import { namespaces } from '@hawser/api';
import { createObject } from '@hawser/registry';
import type { Resources } from '../hub.ts';
import { ownWrite } from './own-write.ts';

/** The namespaces that the system itself lives in. */
const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Makes those that are missing. */
export async function ensureNamespaces(resources: Resources): Promise<void> {
  const resource = resources.of(namespaces);
  for (const name of SYSTEM_NAMESPACES) {
    if (resource.cache.entry('', name) !== undefined) continue;
    await createObject(resource, '', { kind: 'Namespace', apiVersion: 'v1', metadata: { name } }, ownWrite);
  }
}
