import { alignColumns } from '../table/align-columns.ts';
import type { EncryptionReport } from './encryption-api.ts';

const HEADINGS = ['RESOURCE', 'WRITTEN WITH', 'OBJECTS', 'STATE'];

/** The table of `encryption status`: how many objects of each resource are stored with which key. */
export function printEncryption({ resources, rewriting }: EncryptionReport): string {
  const rows = resources.flatMap(({ resource, writesWith, stored, unreadable }) => {
    const counted = stored.map(({ sealedWith, objects, stale, lost }) => [
      resource,
      sealedWith,
      `${objects}`,
      lost ? 'lost: not readable after a restart' : stale ? `stale: now ${writesWith}` : 'current',
    ]);
    const bad = unreadable.map(({ key, why }) => [resource, '?', '1', `unreadable: ${key}: ${why}`]);
    const none = counted.length + bad.length === 0 ? [[resource, writesWith, '0', 'current']] : [];
    return [...counted, ...bad, ...none];
  });
  return alignColumns([HEADINGS, ...rows]) + (rewriting === undefined ? '' : `${lineOf(rewriting)}\n`);
}

function lineOf({
  running,
  rewritten,
  error,
  erased,
  finishedAt,
}: NonNullable<EncryptionReport['rewriting']>) {
  if (running) return `Rewriting: ${rewritten} objects so far.`;
  const done = `Rewritten: ${rewritten} objects at ${finishedAt}`;
  if (error !== undefined) return `${done}; failed: ${error}`;
  return `${done}; old revisions are ${erased ? 'erased' : 'still there'}.`;
}

/** Whether everything that can be read is written as it is to be. */
export function isCurrent({ resources }: EncryptionReport): boolean {
  return resources.every(
    ({ stored, unreadable }) => unreadable.length === 0 && stored.every(({ stale }) => !stale),
  );
}
