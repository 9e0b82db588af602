import type { Taint, Toleration } from '@hawser/api';

/** Whether a toleration matches a taint (`k8s.io/api/core/v1` `Toleration.ToleratesTaint`). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? 'Equal') {
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '') && (toleration.key ?? '') === taint.key;
    case 'Exists':
      return true;
    case 'Lt':
      return compares(taint.value, toleration.value, (actual, limit) => actual < limit);
    case 'Gt':
      return compares(taint.value, toleration.value, (actual, limit) => actual > limit);
    default:
      return false;
  }
}

function compares(
  actual: string | undefined,
  limit: string | undefined,
  holds: (actual: bigint, limit: bigint) => boolean,
): boolean {
  const isInteger = (text: string | undefined): text is string => text !== undefined && /^-?\d+$/.test(text);
  return isInteger(actual) && isInteger(limit) && holds(BigInt(actual), BigInt(limit));
}

/** The first taint, of those with one of the effects, that nothing tolerates. */
export function untolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  effects: readonly string[],
): Taint | undefined {
  return taints.find(
    (taint) =>
      effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}
