/** Upstream's alphabet without vowels and look-alikes (apimachinery/pkg/util/rand). */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** JSON in which equal objects are equal texts: keys sorted, what is undefined left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/**
 * A short name for a template; another one for each collision (pkg/controller `ComputeHash`). Upstream hashes Go's
 * print of the structure, so the names differ from upstream's; nobody may rely on them.
 */
export function templateHash(template: unknown, collisionCount = 0): string {
  const sum = fnv32a(`${canonicalJson(template)}${collisionCount > 0 ? `#${collisionCount}` : ''}`);
  return [...String(sum)].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join('');
}

function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
