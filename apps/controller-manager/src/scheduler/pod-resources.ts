import { milliValue, type Pod, parseQuantity, QuantityError, wholeValue } from '@hawser/api';

/** Amounts by resource name: CPU in thousandths, everything else in whole units. */
export type Resources = ReadonlyMap<string, number>;

type Requests = Readonly<Record<string, string>>;

/** An amount of a resource; a quantity that cannot be read counts as none. */
export function amountOf(resource: string, quantity: string): number {
  try {
    const parsed = parseQuantity(quantity);
    return resource === 'cpu' ? milliValue(parsed) : wholeValue(parsed);
  } catch (error) {
    if (error instanceof QuantityError) return 0;
    throw error;
  }
}

/** Reads a table of quantities, such as `status.allocatable`. */
export function resourcesOf(quantities: Requests = {}): Resources {
  return new Map(Object.entries(quantities).map(([name, quantity]) => [name, amountOf(name, quantity)]));
}

/** The sum of amounts, resource by resource. */
export function addResources(...tables: readonly Resources[]): Resources {
  const sum = new Map<string, number>();
  for (const table of tables)
    for (const [name, amount] of table) sum.set(name, (sum.get(name) ?? 0) + amount);
  return sum;
}

function maxResources(a: Resources, b: Resources): Resources {
  const most = new Map(a);
  for (const [name, amount] of b) most.set(name, Math.max(most.get(name) ?? 0, amount));
  return most;
}

/**
 * What a pod asks of its node (`component-helpers/resource` `PodRequests`): what its containers and sidecars need
 * together, or what an init container needs beside the sidecars before it if that is more; plus overhead.
 */
export function podRequests({ spec }: Pod): Resources {
  let sidecars: Resources = new Map();
  let initPeak: Resources = new Map();
  for (const container of spec.initContainers ?? []) {
    const requests = resourcesOf(container.resources?.requests);
    if (container.restartPolicy === 'Always') sidecars = addResources(sidecars, requests);
    const running = container.restartPolicy === 'Always' ? sidecars : addResources(sidecars, requests);
    initPeak = maxResources(initPeak, running);
  }
  const main = addResources(
    sidecars,
    ...spec.containers.map(({ resources }) => resourcesOf(resources?.requests)),
  );
  const containers = maxResources(main, initPeak);
  const podLevel = resourcesOf(spec.resources?.requests);
  return addResources(new Map([...containers, ...podLevel]), resourcesOf(spec.overhead));
}
