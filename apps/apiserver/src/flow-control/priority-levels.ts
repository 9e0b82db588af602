/** A part of the hub's seats, for requests of one importance. */
export interface PriorityLevel {
  readonly name: string;
  /** Its part of all seats is its shares of all shares. */
  readonly shares: number;
  /** How much of its seats others may use while it does not. */
  readonly lendablePercent: number;
  /** Begun as they come while there is a seat; the others take turns. */
  readonly urgent: boolean;
}

/** Upstream's suggested levels with their shares (apiserver/pkg/apis/flowcontrol/bootstrap/default.go). */
export const PRIORITY_LEVELS = [
  { name: 'system', shares: 30, lendablePercent: 33, urgent: true },
  { name: 'node-high', shares: 40, lendablePercent: 25, urgent: true },
  { name: 'leader-election', shares: 10, lendablePercent: 0, urgent: true },
  { name: 'workload-high', shares: 40, lendablePercent: 50, urgent: true },
  { name: 'workload-low', shares: 100, lendablePercent: 90, urgent: false },
  { name: 'global-default', shares: 20, lendablePercent: 50, urgent: false },
] as const satisfies readonly PriorityLevel[];

export type PriorityLevelName = (typeof PRIORITY_LEVELS)[number]['name'];
