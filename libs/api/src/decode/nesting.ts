/** Deeper nesting is an attack or a mistake: no kind comes near it, and what walks objects would overflow. */
export const MAX_NESTING = 200;

/** Whether objects and lists lie in one another more than `MAX_NESTING` deep; does not overflow itself. */
export function nestsTooDeep(value: unknown): boolean {
  let level = childrenOf([value]);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= MAX_NESTING) return true;
    level = level.flatMap((item) => childrenOf(Object.values(item)));
  }
  return false;
}

function childrenOf(values: readonly unknown[]): object[] {
  return values.filter((value) => typeof value === 'object' && value !== null) as object[];
}
