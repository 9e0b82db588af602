import type { PersistentVolume, VolumeAttachment } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import type { NodePods } from './node-pods.ts';
import { volumeSecrets } from './volume-secrets.ts';

/**
 * Which node has to do with which volumes: by way of the claims of its pods, and by what is attached to it
 * (kubernetes/plugin/pkg/auth/authorizer/node/graph.go, AddPV and AddVolumeAttachment).
 */
export class NodeVolumes {
  readonly #pods: NodePods;
  readonly #volumes: Lister<PersistentVolume>;
  readonly #attachments: Lister<VolumeAttachment>;
  #bySecret: ReadonlyMap<string, readonly PersistentVolume[]> = new Map();
  #version: number | undefined;

  constructor(pods: NodePods, volumes: Lister<PersistentVolume>, attachments: Lister<VolumeAttachment>) {
    this.#pods = pods;
    this.#volumes = volumes;
    this.#attachments = attachments;
  }

  /** Whether a pod bound to the node has the claim that the volume is bound to. */
  uses(node: string, name: string): boolean {
    const volume = this.#volumes.get('', name);
    return volume !== undefined && this.#isUsed(node, volume);
  }

  /** Whether such a volume takes this Secret to be mounted. */
  needsSecret(node: string, namespace: string, name: string): boolean {
    const volumes = this.#volumesBySecret().get(keyOf(namespace, name)) ?? [];
    return volumes.some((volume) => this.#isUsed(node, volume));
  }

  isAttached(node: string, name: string): boolean {
    return this.#attachments.get('', name)?.spec.nodeName === node;
  }

  #isUsed(node: string, { spec }: PersistentVolume): boolean {
    const { namespace = '', name = '' } = spec?.claimRef ?? {};
    return name !== '' && this.#pods.refersTo(node, 'persistentvolumeclaims', namespace, name);
  }

  /** Grouped anew once a version: volumes change seldom. */
  #volumesBySecret(): ReadonlyMap<string, readonly PersistentVolume[]> {
    const { version } = this.#volumes;
    if (version !== this.#version) {
      const bySecret = new Map<string, PersistentVolume[]>();
      for (const volume of this.#volumes.list())
        for (const { namespace, name } of volumeSecrets(volume)) {
          const key = keyOf(namespace, name);
          bySecret.set(key, [...(bySecret.get(key) ?? []), volume]);
        }
      this.#bySecret = bySecret;
      this.#version = version;
    }
    return this.#bySecret;
  }
}

/** Neither part can hold the separator. */
const keyOf = (namespace: string, name: string) => `${namespace}/${name}`;
