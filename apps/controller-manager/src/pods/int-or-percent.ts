/** A number, or a share of a total, rounded as told (apimachinery/pkg/util/intstr `GetScaledValueFromIntOrPercent`). */
export function scaledValue(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (typeof value !== 'string') return value ?? 0;
  const share = (Number.parseInt(value, 10) * total) / 100;
  if (Number.isNaN(share)) return 0;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
