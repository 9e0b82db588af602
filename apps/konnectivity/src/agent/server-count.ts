/** How many servers there are to be connected to, as one source knows. */
export type ServerCounter = () => number;

export interface ServerCountSources {
  /** What servers said; 0 before any has. */
  readonly responses: ServerCounter;
  /** Valid Leases; absent where they are not counted. */
  readonly leases?: ServerCounter;
  /** `default` takes the Leases' count where there is one, `max` the larger. */
  readonly combine: 'default' | 'max';
}

/** Puts the sources together as upstream's agent does (pkg/agent/server_counter.go): never less than one. */
export function countServers({ responses, leases, combine }: ServerCountSources): number {
  const counts =
    leases === undefined ? [responses()] : [leases(), ...(combine === 'max' ? [responses()] : [])];
  return Math.max(1, ...counts);
}
