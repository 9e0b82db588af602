/** What tells the items of a list apart: the item itself for scalars, its merge key's value for objects. */
export type ItemKey = (item: unknown) => unknown;

/**
 * Puts a merged list in order: items that `wanted` names stand as it says; the others keep their place as far
 * as they can, each before the first of those that it stood before on the server (strategic merge patch,
 * `$setElementOrder`).
 */
export function arrange(
  items: readonly unknown[],
  wanted: readonly unknown[],
  server: readonly unknown[],
  keyOf: ItemKey,
): unknown[] {
  const wantedAt = positions(wanted, keyOf);
  const serverAt = positions(server, keyOf);
  const by = (at: Map<unknown, number>) => (a: unknown, b: unknown) =>
    place(at, keyOf(a)) - place(at, keyOf(b));
  const named = items.filter((item) => wantedAt.has(keyOf(item))).sort(by(wantedAt));
  const others = items.filter((item) => !wantedAt.has(keyOf(item))).sort(by(serverAt));
  const arranged: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const at = serverAt.get(keyOf(item));
    for (; next < others.length && at !== undefined; next += 1) {
      if (place(serverAt, keyOf(others[next])) >= at) break;
      arranged.push(others[next]);
    }
    arranged.push(item);
  }
  return [...arranged, ...others.slice(next)];
}

function positions(list: readonly unknown[], keyOf: ItemKey): Map<unknown, number> {
  const positions = new Map<unknown, number>();
  // The first of a key counts.
  for (const [i, item] of list.entries()) if (!positions.has(keyOf(item))) positions.set(keyOf(item), i);
  return positions;
}

function place(at: Map<unknown, number>, key: unknown): number {
  return at.get(key) ?? Number.POSITIVE_INFINITY;
}
