import { type EndpointSlice, endpointSlices, type Node, nodes, type Service, services } from '@hawser/api';
import { Informer, type InformerHandler, type KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { aborted } from '@hawser/runtime';
import { PROXIED_SELECTOR } from '../services/service-port.ts';
import type { SeenCluster } from '../services/wanted-services.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Told of changes, from the moment on at which all is known. */
export interface ClusterObserver {
  serviceChanged(): void;
  /** @param slice as it is now, or was last. */
  endpointsChanged(slice: EndpointSlice): void;
  nodeChanged(node: Node | undefined): void;
}

/** What the hub says of Services, their endpoints and this node. While it is away, what was known stays. */
export class WatchedCluster {
  readonly #services: Informer<typeof services>;
  readonly #slices: Informer<typeof endpointSlices>;
  readonly #nodes: Informer<typeof nodes>;

  constructor(
    client: KubeClient,
    private readonly nodeName: string,
    logger: Logger,
  ) {
    const labelSelector = PROXIED_SELECTOR;
    this.#services = new Informer(client, services, { labelSelector, logger });
    this.#slices = new Informer(client, endpointSlices, { labelSelector, logger });
    this.#nodes = new Informer(client, nodes, { fieldSelector: `metadata.name=${nodeName}`, logger });
  }

  get node(): Node | undefined {
    return this.#nodes.get(this.nodeName);
  }

  /** What is known now. */
  see(): SeenCluster {
    const zone = this.node?.metadata.labels?.[ZONE_LABEL];
    return {
      services: this.#services.list(),
      slices: this.#slices.list(),
      node: { name: this.nodeName, zone },
    };
  }

  /**
   * Follows the hub until the signal aborts. The observer hears nothing before all is known once: what stands from
   * before must not give way to a part.
   */
  async run(observer: ClusterObserver, signal: AbortSignal): Promise<void> {
    const informers = [this.#services, this.#slices, this.#nodes];
    const running = informers.map((informer) => informer.run(signal));
    await Promise.race([Promise.all(informers.map(({ synced }) => synced)), aborted(signal)]);
    if (!signal.aborted) this.#subscribe(observer);
    await Promise.all(running);
  }

  #subscribe(observer: ClusterObserver): void {
    observer.nodeChanged(this.node);
    this.#services.subscribe(onAny<Service>(() => observer.serviceChanged()));
    this.#slices.subscribe(onAny<EndpointSlice>((slice) => observer.endpointsChanged(slice)));
    this.#nodes.subscribe(onAny<Node>(() => observer.nodeChanged(this.node)));
  }
}

function onAny<T>(changed: (object: T) => void): InformerHandler<T> {
  return { added: changed, updated: (_, after) => changed(after), deleted: changed };
}
