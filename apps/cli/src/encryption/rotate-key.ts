import { randomBytes } from 'node:crypto';
import { type Document, isMap, isSeq, parseDocument, type YAMLMap, YAMLSeq } from 'yaml';

export type KeyProvider = 'aesgcm' | 'secretbox';

const KEYED = ['aesgcm', 'secretbox', 'aescbc'];

/** A configuration in which no key can be changed. */
export class RotationError extends Error {
  override name = 'RotationError';
}

/**
 * Puts a new key first, for the resource that is named: it writes from then on, all others still read. What else is
 * in the file, comments too, stays.
 * @param provider of the new key; that of the provider which writes now, if absent and it is a good one.
 * @returns the new text, and the new key's provider and name.
 */
export function withNewKey(
  text: string,
  resource: string,
  provider?: KeyProvider,
): { text: string; label: string } {
  const document = parseDocument(text);
  const providers = providersOf(document, resource);
  const first = providers.items[0];
  const firstName = isMap(first) ? KEYED.find((name) => (first as YAMLMap).has(name)) : undefined;
  const wanted = provider ?? (firstName === 'secretbox' ? 'secretbox' : 'aesgcm');
  const key = { name: freshName(providers), secret: randomBytes(32).toString('base64') };
  const keys = firstName === wanted ? (first as YAMLMap).getIn([wanted, 'keys']) : undefined;
  if (isSeq(keys)) keys.items.unshift(document.createNode(key));
  else providers.items.unshift(document.createNode({ [wanted]: { keys: [key] } }));
  return { text: document.toString(), label: `${wanted}:${key.name}` };
}

/**
 * Takes out all keys of a resource but the one that writes. `identity` stays as it is: it holds no key.
 * @returns the new text, which keys went, and what writes by the file.
 */
export function withoutOldKeys(
  text: string,
  resource: string,
): { text: string; removed: string[]; writesWith: string } {
  const document = parseDocument(text);
  const providers = providersOf(document, resource);
  const writesWith = firstLabel(providers);
  const removed: string[] = [];
  let writer: unknown;
  const kept = providers.items.filter((provider) => {
    const name = isMap(provider) ? KEYED.find((each) => (provider as YAMLMap).has(each)) : undefined;
    const keys = name === undefined ? undefined : (provider as YAMLMap).getIn([name, 'keys']);
    if (!isSeq(keys)) return true;
    const old = keys.items.splice(writer === undefined ? 1 : 0);
    writer ??= keys.items[0];
    removed.push(...old.map((key) => `${name}:${isMap(key) ? String(key.get('name')) : ''}`));
    return keys.items.length > 0;
  });
  providers.items = kept;
  return { text: document.toString(), removed, writesWith };
}

/** The first provider writes, with its first key. */
function firstLabel({ items: [first] }: YAMLSeq): string {
  const [name, provider] = Object.entries(
    (isMap(first) ? first.toJSON() : {}) as Record<string, unknown>,
  )[0] ?? [''];
  const keys = (provider as { keys?: readonly { name?: string }[] } | null)?.keys;
  return keys === undefined ? name : `${name}:${keys[0]?.name ?? ''}`;
}

function providersOf(document: Document, resource: string): YAMLSeq {
  if (document.errors.length > 0) throw new RotationError('the file is not YAML');
  const resources = document.get('resources');
  const rules = isSeq(resources) ? resources.items.filter(isMap) : [];
  const rule = rules.find((each) => {
    const names = each.get('resources');
    return isSeq(names) && (names.toJSON() as unknown[]).includes(resource);
  });
  const providers = rule?.get('providers');
  if (!(providers instanceof YAMLSeq))
    throw new RotationError(`no rule of the file is for ${JSON.stringify(resource)}`);
  return providers;
}

/**
 * One more than the highest: `key2` after `key1`, and never `key1` after that. Values are stored under names, and those
 * of a key that is gone may come back with a backup.
 */
function freshName(providers: YAMLSeq): string {
  const names = JSON.stringify(providers.toJSON()).matchAll(/"name":"key(\d+)"/g);
  return `key${Math.max(0, ...[...names].map(([, number]) => Number(number))) + 1}`;
}
