import { type Kind, services } from '@hawser/api';
import type { Logger, Registry } from '@hawser/observability';
import {
  type BeginWrite,
  type Cacher,
  parseAddressRange,
  parsePortRange,
  ServiceAllocator,
} from '@hawser/registry';
import type { Clock } from '@hawser/runtime';
import type { Resources } from '../hub.ts';
import type { ApiServerOptions } from '../options.ts';
import { advertisedAddress } from './advertise-address.ts';
import { KubernetesService } from './kubernetes-service.ts';
import { measureAllocations, reportAllocationFaults } from './report-allocations.ts';

/** Said of the hub's port before it is known, where the system chooses it. */
const DEFAULT_PORT = 6443;

export interface ServiceNetworkOptions {
  readonly options: ApiServerOptions;
  readonly cacher: Cacher;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** All that the hub itself does for Services: it gives them addresses and ports, and keeps its own. */
export class ServiceNetwork implements Disposable {
  readonly #stack = new DisposableStack();
  readonly #ranges: ReturnType<typeof rangesOf>;
  readonly #allocator: ServiceAllocator;
  #own: KubernetesService | undefined;

  /** @throws Error naming the flag that is no range. */
  constructor(private readonly surroundings: ServiceNetworkOptions) {
    const { options, cacher, registry } = surroundings;
    this.#ranges = rangesOf(options);
    this.#allocator = this.#stack.use(new ServiceAllocator(this.#ranges, cacher.cacheOf(services)));
    measureAllocations(this.#allocator, this.#ranges, registry);
  }

  /** What completes writes of Services. */
  get begin(): ReadonlyMap<Kind, BeginWrite> {
    return new Map([[services, (object, old) => this.#allocator.begin(object, old)]]);
  }

  /** Makes sure of the Service `kubernetes` before anybody is served. */
  async prepare(resources: Resources): Promise<void> {
    const { options, logger } = this.surroundings;
    this.#own = this.#stack.use(
      new KubernetesService(
        {
          resources,
          logger: logger.child({ part: 'kubernetes-service' }),
          clusterIP: this.#ranges.addresses.firstAddress,
          address: advertisedAddress(options),
        },
        options.securePort || DEFAULT_PORT,
      ),
    );
    await this.#own.prepare();
  }

  /** Keeps its endpoints from now on, and says what stored Services hold wrongly. @param port where the hub listens. */
  async start(resources: Resources, port: number): Promise<void> {
    const { clock, logger, registry } = this.surroundings;
    await this.#own?.start(port);
    await reportAllocationFaults({ resources, ranges: this.#ranges, clock, logger, registry });
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

function rangesOf({ serviceClusterIpRange, serviceNodePortRange }: ApiServerOptions) {
  const parsed = <T>(flag: string, text: string, parse: (text: string) => T): T => {
    try {
      return parse(text);
    } catch (cause) {
      throw new Error(`--${flag}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  };
  return {
    addresses: parsed('service-cluster-ip-range', serviceClusterIpRange, parseAddressRange),
    ports: parsed('service-node-port-range', serviceNodePortRange, parsePortRange),
  };
}
