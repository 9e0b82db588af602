import type { Toleration } from '@hawser/api';

/**
 * Leaves out what another toleration covers (kubernetes/pkg/util/tolerations `MergeTolerations`); of those that say the
 * same, the first stays. Each is looked up among the few that can cover it: a pod may bring along very many.
 */
export function mergeTolerations(all: readonly Toleration[]): Toleration[] {
  const longest = new Map<string, { readonly at: number; readonly seconds: number }>();
  all.forEach((one, at) => {
    const seconds = secondsOf(one);
    const standing = longest.get(meaningOf(one));
    if (standing === undefined || standing.seconds < seconds) longest.set(meaningOf(one), { at, seconds });
  });
  return all.filter((one, at) => {
    const own = meaningOf(one);
    if (longest.get(own)!.at !== at) return false;
    const seconds = secondsOf(one);
    return wider(one).every((meaning) => meaning === own || (longest.get(meaning)?.seconds ?? -1) < seconds);
  });
}

/** How long it tolerates; for ever, but where it says a time of an eviction. */
function secondsOf({ effect, tolerationSeconds }: Toleration): number {
  if (effect !== 'NoExecute' || tolerationSeconds === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(0, tolerationSeconds);
}

/** What is tolerated, how long apart. */
function meaningOf({ key = '', effect = '', operator, value = '' }: Toleration): string {
  return JSON.stringify(operator === 'Exists' ? [key, effect] : [key, effect, operator || 'Equal', value]);
}

/** The meanings that take in that of a toleration: any value of its key, any effect, any key at all. */
function wider(one: Toleration): string[] {
  const effects = ['', one.effect ?? ''];
  return effects.flatMap((effect) => [
    meaningOf({ ...one, effect }),
    meaningOf({ key: one.key ?? '', effect, operator: 'Exists' }),
    meaningOf({ effect, operator: 'Exists' }),
  ]);
}
