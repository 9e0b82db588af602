import { type ConfigMap, configMaps, type Pod, type Secret, secrets } from '@hawser/api';
import { Informer, isNotFound, type KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { type ConfigObjects, referencedObjects } from './config-objects.ts';

interface Followed {
  informer: Informer<typeof configMaps> | Informer<typeof secrets>;
  stop: AbortController;
  podUids: Set<string>;
}

/**
 * ConfigMaps and Secrets by watching each one that a pod refers to, as upstream's watch-based manager: a node
 * may read no others, and a change is known at once. Until a watch has caught up, reads go to the API server.
 */
export class WatchedConfigObjects implements ConfigObjects, Disposable {
  readonly #followed = new Map<string, Followed>();

  /** @param onChange told the pods that refer to an object that has changed. */
  constructor(
    private readonly client: KubeClient,
    private readonly logger: Logger,
    private readonly onChange: (podUids: readonly string[]) => void,
  ) {}

  async configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    const informer = this.#followed.get(`configmaps/${namespace}/${name}`)?.informer;
    if (informer?.hasSynced) return informer.get(`${namespace}/${name}`) as ConfigMap | undefined;
    return await this.client.get(configMaps, name, { namespace }).catch(ignoreNotFound);
  }

  async secret(namespace: string, name: string): Promise<Secret | undefined> {
    const informer = this.#followed.get(`secrets/${namespace}/${name}`)?.informer;
    if (informer?.hasSynced) return informer.get(`${namespace}/${name}`) as Secret | undefined;
    return await this.client.get(secrets, name, { namespace }).catch(ignoreNotFound);
  }

  register(pod: Pod): void {
    const { uid, namespace } = pod.metadata;
    for (const reference of referencedObjects(pod)) {
      const [kind, name] = reference.split('/') as ['configmaps' | 'secrets', string];
      const key = `${kind}/${namespace}/${name}`;
      const followed = this.#followed.get(key) ?? this.#follow(key, kind, namespace!, name);
      followed.podUids.add(uid!);
    }
  }

  unregister(podUid: string): void {
    for (const [key, { podUids, stop }] of this.#followed) {
      if (!podUids.delete(podUid) || podUids.size > 0) continue;
      stop.abort();
      this.#followed.delete(key);
    }
  }

  /** Ends every watch: one that is left would keep the process alive, trying again for ever. */
  [Symbol.dispose](): void {
    for (const { stop } of this.#followed.values()) stop.abort();
    this.#followed.clear();
  }

  #follow(key: string, kind: 'configmaps' | 'secrets', namespace: string, name: string): Followed {
    const options = { namespace, fieldSelector: `metadata.name=${name}`, logger: this.logger };
    const informer =
      kind === 'configmaps'
        ? new Informer(this.client, configMaps, options)
        : new Informer(this.client, secrets, options);
    const followed: Followed = { informer, stop: new AbortController(), podUids: new Set() };
    const changed = () => this.onChange([...followed.podUids]);
    informer.subscribe({ added: changed, updated: changed, deleted: changed });
    void informer.run(followed.stop.signal);
    this.#followed.set(key, followed);
    return followed;
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
