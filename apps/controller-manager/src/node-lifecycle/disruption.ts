import type { Node } from '@hawser/api';
import { readyStatus } from './node-condition.ts';

/** How much of a zone is lost. */
export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

/** From this share of lost nodes on (and more than two), a zone counts as disrupted. */
const UNHEALTHY_ZONE_THRESHOLD = 0.55;
/** Zones up to this size stop evicting when disrupted, larger ones slow down. */
const LARGE_ZONE_SIZE = 50;
const SECONDARY_EVICTION_RATE = 0.01;

/** A node's zone, by its topology labels. */
export function zoneOf({ metadata: { labels = {} } }: Node): string {
  const region = labels['topology.kubernetes.io/region'] ?? '';
  return `${region}:${labels['topology.kubernetes.io/zone'] ?? ''}`;
}

export function zoneState(nodes: readonly Node[]): ZoneState {
  const lost = nodes.filter((node) => readyStatus(node) !== 'True').length;
  if (lost > 0 && lost === nodes.length) return 'FullDisruption';
  return lost > 2 && lost / nodes.length >= UNHEALTHY_ZONE_THRESHOLD ? 'PartialDisruption' : 'Normal';
}

/**
 * How many nodes a second of each zone may have their pods evicted. When much is lost at once, the network or the hub
 * is more likely at fault than the nodes: then pods stay (`pkg/controller/nodelifecycle`, zone states).
 *
 * @param normalRate --node-eviction-rate.
 */
export function evictionRates(nodes: readonly Node[], normalRate: number): Map<string, number> {
  const zones = Map.groupBy(nodes, zoneOf);
  const states = new Map([...zones].map(([zone, members]) => [zone, zoneState(members)]));
  const allLost = states.size > 0 && [...states.values()].every((state) => state === 'FullDisruption');
  const rateOf = (zone: string, state: ZoneState): number => {
    if (allLost) return 0;
    if (state !== 'PartialDisruption') return normalRate;
    return (zones.get(zone)?.length ?? 0) > LARGE_ZONE_SIZE ? SECONDARY_EVICTION_RATE : 0;
  };
  return new Map([...states].map(([zone, state]) => [zone, rateOf(zone, state)]));
}
