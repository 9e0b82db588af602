import { type AnyKind, allKinds, type Kind, type ObjectOf } from '@hawser/api';
import type { Lister, ServiceAccountTokenIssuer, TokenAuthenticator } from '@hawser/authn';
import type { Authorizer, RbacAuthorizer } from '@hawser/authz';
import {
  type AdmissionChain,
  type BeginWrite,
  type Cacher,
  listerOf,
  type Resource,
  type StrategySettings,
  strategyFor,
} from '@hawser/registry';
import type { Clock } from '@hawser/runtime';
import type { Store } from '@hawser/storage';
import type { Way } from './connect/naming-way.ts';
import type { StreamMetrics } from './connect/stream-metrics.ts';
import type { HubMetrics } from './health/hub-metrics.ts';
import type { KubeletClient } from './kubelet-client/kubelet-client.ts';
import type { ProxyTransport } from './proxy/proxy-transport.ts';

/** Kinds that are asked and answered, never stored: what is stored can be watched. */
const isVirtual = (kind: AnyKind) => !kind.verbs.includes('watch');

export const storedKinds: readonly AnyKind[] = allKinds.filter((kind) => !isVirtual(kind));

/** Neither part can hold the separator; joined by a dot, a plural could name another group's kind. */
const keyOf = (group: string, plural: string) => `${group}/${plural}`;

export interface ResourcesOptions {
  readonly cacher: Cacher;
  readonly store: Store;
  readonly admission: AdmissionChain;
  readonly clock: Clock;
  readonly settings?: StrategySettings;
  readonly begin?: ReadonlyMap<Kind, BeginWrite>;
}

/** The stored kinds with all that their verbs need, found by group and plural. */
export class Resources {
  readonly #byName = new Map<string, Resource>();
  readonly #cacher: Cacher;

  /** @param options `begin`: what completes a kind's writes with what the cluster gives out. */
  constructor({ settings, begin, ...options }: ResourcesOptions) {
    this.#cacher = options.cacher;
    for (const kind of storedKinds) {
      const cache = options.cacher.cacheOf(kind);
      this.#byName.set(keyOf(kind.group, kind.plural), {
        ...options,
        kind,
        cache,
        strategy: strategyFor(kind, settings),
        begin: begin?.get(kind),
      });
    }
  }

  find(group: string, plural: string): Resource | undefined {
    return this.#byName.get(keyOf(group, plural));
  }

  of(kind: Kind): Resource {
    return this.#byName.get(keyOf(kind.group, kind.plural))!;
  }

  /** The newest revision that reads show. */
  get revision(): number {
    return this.#cacher.revision;
  }

  /** Every stored resource. */
  all(): Iterable<Resource> {
    return this.#byName.values();
  }

  lister<K extends Kind>(kind: K): Lister<ObjectOf<K>> {
    return listerOf<K>(this.#cacher.cacheOf(kind));
  }
}

/** What the handlers of the hub work with. */
export interface Hub {
  readonly resources: Resources;
  readonly authorizer: Authorizer;
  /** RBAC by itself, for questions about rules rather than requests. */
  readonly rbac: RbacAuthorizer;
  readonly tokens: TokenAuthenticator;
  readonly tokenIssuer: ServiceAccountTokenIssuer;
  /** The audiences that tokens for the hub itself carry. */
  readonly audiences: readonly string[];
  readonly tokenLifetimes: {
    /** Longer ones are shortened to; undefined where there is no limit but the API's. */
    readonly maxSeconds: number | undefined;
    /** Whether pods' own tokens live on, noted when used, after they should have been replaced. */
    readonly extend: boolean;
  };
  readonly kubelets: KubeletClient;
  /** The way to nodes, pods and services that are no kubelets. */
  readonly proxy: ProxyTransport;
  /** What connections to all of them go through. */
  readonly way: Way;
  readonly metrics: HubMetrics;
  readonly streamMetrics: StreamMetrics;
  /** Rejects when the store cannot be read. */
  readonly checkStore: () => Promise<void>;
  readonly clock: Clock;
  /** How long a watch lasts at least whose client says nothing. */
  readonly minRequestTimeoutMs: number;
}
