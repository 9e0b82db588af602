import {
  compareTexts,
  type Manager,
  type ManagerIdentity,
  type Managers,
  managerKey,
  secondsOf,
} from './managers.ts';

/** So many who update are told apart. */
const MAX_UPDATE_MANAGERS = 10;

/** The others are one (apimachinery/pkg/util/managedfields, capManagers). */
const OLD_UPDATES = 'ancient-changes';

/** Takes the oldest of too many who update together, by the version that they speak of. */
export function capManagers(managers: ReadonlyMap<string, Manager>): Managers {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  if (updaters.length <= MAX_UPDATE_MANAGERS) return managers;
  updaters.sort(([keyA, a], [keyB, b]) => secondsOf(a) - secondsOf(b) || compareTexts(keyA, keyB));
  const capped = new Map(managers);
  const firstOf = new Map<string, string>();
  let count = updaters.length;
  for (const [key, manager] of updaters) {
    if (count <= MAX_UPDATE_MANAGERS) break;
    const first = firstOf.get(manager.apiVersion);
    const bucket = bucketOf(manager);
    if (first === undefined) firstOf.set(manager.apiVersion, key);
    else {
      // The bucket of earlier times may itself be among the oldest.
      mergeInto(capped, bucket, first, key === managerKey(bucket) ? first : key);
      count -= 1;
    }
  }
  return capped;
}

const bucketOf = ({ apiVersion }: Manager): ManagerIdentity => ({
  manager: OLD_UPDATES,
  operation: 'Update',
  apiVersion,
  subresource: '',
});

/** The first of a version becomes the bucket, unless there is one; each further one is added, with its later time. */
function mergeInto(
  managers: Map<string, Manager>,
  bucket: ManagerIdentity,
  first: string,
  added: string,
): void {
  const key = managerKey(bucket);
  if (!managers.has(key)) {
    managers.set(key, { ...managers.get(first)!, ...bucket });
    managers.delete(first);
  }
  const before = managers.get(key)!;
  const { set, time } = managers.get(added)!;
  managers.set(key, { ...before, set: before.set.union(set), time: added === first ? before.time : time });
  managers.delete(added);
}
