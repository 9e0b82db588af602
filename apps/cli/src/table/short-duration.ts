const UNITS = [
  { seconds: 365 * 86_400, letter: 'y' },
  { seconds: 86_400, letter: 'd' },
  { seconds: 3_600, letter: 'h' },
  { seconds: 60, letter: 'm' },
];

/** A time of so many milliseconds in its largest unit, as kubeadm prints it (apimachinery's ShortHumanDuration). */
export function shortDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  const unit = UNITS.find((each) => seconds >= each.seconds);
  return unit === undefined ? `${seconds}s` : `${Math.trunc(seconds / unit.seconds)}${unit.letter}`;
}
