/** A moment as `metav1.Time` is written: RFC 3339 with seconds, in UTC. */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
