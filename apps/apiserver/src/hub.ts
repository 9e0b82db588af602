import { type AnyKind, allKinds, type Kind, type ObjectOf, resourceName } from '@hawser/api';
import type { Lister, ServiceAccountTokenIssuer, TokenAuthenticator } from '@hawser/authn';
import type { Authorizer } from '@hawser/authz';
import { type AdmissionChain, type Cacher, listerOf, type Resource, strategyFor } from '@hawser/registry';
import type { Clock } from '@hawser/runtime';
import type { Store } from '@hawser/storage';
import type { HubMetrics } from './health/hub-metrics.ts';
import type { KubeletClient } from './kubelet-client/kubelet-client.ts';

/** Kinds that are asked and answered, never stored. */
const isVirtual = (kind: AnyKind) => kind.verbs.length === 1 && kind.verbs[0] === 'create';

export const storedKinds: readonly AnyKind[] = allKinds.filter((kind) => !isVirtual(kind));

/** The stored kinds with all that their verbs need, found by group and plural. */
export class Resources {
  readonly #byName = new Map<string, Resource>();
  readonly #cacher: Cacher;

  constructor(options: { cacher: Cacher; store: Store; admission: AdmissionChain; clock: Clock }) {
    this.#cacher = options.cacher;
    for (const kind of storedKinds) {
      const cache = options.cacher.cacheOf(kind);
      this.#byName.set(resourceName(kind), { ...options, kind, cache, strategy: strategyFor(kind) });
    }
  }

  find(group: string, plural: string): Resource | undefined {
    return this.#byName.get(resourceName({ group, plural }));
  }

  of(kind: Kind): Resource {
    return this.#byName.get(resourceName(kind))!;
  }

  lister<K extends Kind>(kind: K): Lister<ObjectOf<K>> {
    return listerOf<K>(this.#cacher.cacheOf(kind));
  }
}

/** What the handlers of the hub work with. */
export interface Hub {
  readonly resources: Resources;
  readonly authorizer: Authorizer;
  readonly tokens: TokenAuthenticator;
  readonly tokenIssuer: ServiceAccountTokenIssuer;
  /** The audiences that tokens for the hub itself carry. */
  readonly audiences: readonly string[];
  readonly kubelets: KubeletClient;
  readonly metrics: HubMetrics;
  readonly clock: Clock;
}
