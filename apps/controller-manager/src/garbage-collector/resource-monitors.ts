import {
  type DiscoveredResource,
  discoverResources,
  type GenericObject,
  Informer,
  type KubeClient,
  type Resource,
} from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { aborted, type Clock, sleep } from '@hawser/runtime';
import { describeError } from '../framework/expected-errors.ts';

/** Kinds come and go (CustomResourceDefinitions): how often discovery is asked, as upstream's. */
const DISCOVERY_MS = 30_000;
const FIRST_RETRY_MS = 500;

/** Events own nothing, are owned by nothing, and are many. */
const IGNORED = new Set(['/events', 'events.k8s.io/events']);

export interface MonitorHandler {
  seen(resource: Resource, object: GenericObject): void;
  gone(resource: Resource, object: GenericObject): void;
}

interface Monitor {
  readonly informer: Informer<DiscoveredResource, GenericObject>;
  readonly stop: AbortController;
}

/** Follows the metadata of every deletable object that the server has, of whatever kind. */
export class ResourceMonitors {
  readonly #monitors = new Map<string, Monitor>();
  readonly #running = new Set<Promise<void>>();
  #kinds = new Map<string, Resource>();

  constructor(
    private readonly options: { client: KubeClient; handler: MonitorHandler; clock: Clock; logger: Logger },
  ) {}

  /** The resource of a kind in some version; another version of the group does, too. */
  resolveKind(apiVersion: string, kind: string): Resource | undefined {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    return this.#kinds.get(`${group}/${kind}`);
  }

  /** Resolves when everything that was first discovered is in the caches, or the signal aborts. */
  async start(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.#discover(signal);
        break;
      } catch (error) {
        signal.throwIfAborted();
        this.options.logger.warn(describeError(error), 'discovery failed, trying again');
        await sleep(FIRST_RETRY_MS, signal, this.options.clock);
      }
    }
    const synced = Promise.all([...this.#monitors.values()].map(({ informer }) => informer.synced));
    await Promise.race([synced, aborted(signal)]);
  }

  /** Looks for new kinds from time to time, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(DISCOVERY_MS, signal, this.options.clock).catch(() => {});
      if (signal.aborted) break;
      await this.#discover(signal).catch((error: unknown) => {
        this.options.logger.warn(describeError(error), 'discovery failed');
      });
    }
    await Promise.all(this.#running);
  }

  async #discover(signal: AbortSignal): Promise<void> {
    const { resources, failedGroupVersions } = await discoverResources(this.options.client, signal);
    this.#kinds = new Map(resources.map((resource) => [`${resource.group}/${resource.kind}`, resource]));
    const wanted = new Map(
      resources.filter(isMonitored).map((resource) => [keyOfResource(resource), resource]),
    );
    for (const [key, resource] of wanted)
      if (!this.#monitors.has(key)) this.#startMonitor(key, resource, signal);
    // While a group cannot be read, its kinds are not gone.
    if (failedGroupVersions.length > 0) return;
    for (const [key, { stop }] of this.#monitors) {
      if (wanted.has(key)) continue;
      stop.abort();
      this.#monitors.delete(key);
    }
  }

  #startMonitor(key: string, resource: DiscoveredResource, signal: AbortSignal): void {
    const { client, handler, clock, logger } = this.options;
    const options = { metadataOnly: true, clock, logger };
    const informer = new Informer<DiscoveredResource, GenericObject>(client, resource, options);
    informer.subscribe({
      added: (object) => handler.seen(resource, object),
      updated: (_, object) => handler.seen(resource, object),
      deleted: (object) => handler.gone(resource, object),
    });
    const stop = new AbortController();
    const running = informer
      .run(AbortSignal.any([signal, stop.signal]))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    this.#monitors.set(key, { informer, stop });
  }
}

function isMonitored(resource: DiscoveredResource): boolean {
  const { group, plural, verbs } = resource;
  return (
    ['list', 'watch', 'delete'].every((verb) => verbs.includes(verb)) && !IGNORED.has(`${group}/${plural}`)
  );
}

function keyOfResource({ group, version, plural }: Resource): string {
  return `${group}/${version}/${plural}`;
}
