import { priorityClasses } from '@hawser/api';
import { createObject, systemPriorityClasses } from '@hawser/registry';
import type { Resources } from '../hub.ts';
import { ownWrite } from './own-write.ts';

/** Makes the system's priority classes that are missing (`poststarthook/scheduling/bootstrap-system-priority-classes`). */
export async function ensurePriorityClasses(resources: Resources): Promise<void> {
  const resource = resources.of(priorityClasses);
  const { kind, apiVersion } = priorityClasses;
  const missing = systemPriorityClasses.filter(
    ({ metadata }) => resource.cache.entry('', metadata.name) === undefined,
  );
  await Promise.all(
    missing.map((one) => createObject(resource, '', { kind, apiVersion, ...structuredClone(one) }, ownWrite)),
  );
}
