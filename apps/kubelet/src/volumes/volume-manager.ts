import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type {
  ConfigMapProjection,
  EmptyDirVolumeSource,
  Pod,
  SecretProjection,
  Volume,
  VolumeProjection,
} from '@hawser/api';
import type { ConfigObjects } from '../config-objects/config-objects.ts';
import type { NodeFacts } from '../environment/downward-api.ts';
import { filePath, labelPart, uidPart } from '../path-names.ts';
import { type Ownership, writeAtomically } from './atomic-writer.ts';
import type { ClaimedVolumes } from './claimed-volumes.ts';
import { prepareHostPath } from './host-path.ts';
import { configMapFiles, downwardFiles, type Files, secretFiles } from './payloads.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import { tokenAccess } from './token-access.ts';
import { VolumeError } from './volume-error.ts';

export interface VolumeManagerOptions {
  /** Holds a directory for each pod, named by its UID. */
  readonly podsDirectory: string;
  /** The same in memory, for `emptyDir` of medium Memory. */
  readonly memoryDirectory: string;
  readonly objects: ConfigObjects;
  readonly tokens: ServiceAccountTokens;
  readonly claims: ClaimedVolumes;
  readonly facts: () => NodeFacts;
}

const DEFAULT_MODE = 0o644;
const DEFAULT_TOKEN_SECONDS = 3600;

/** Makes pods' volumes, keeps their content current, and removes them. */
export class VolumeManager {
  readonly #options: VolumeManagerOptions;

  constructor(options: VolumeManagerOptions) {
    this.#options = options;
  }

  /**
   * Makes a pod's volumes ready, or brings them up to date; to be called again whenever something may have
   * changed. Nothing is written where nothing has.
   * @returns the path on the node of each volume, by name.
   * @throws VolumeError for the first that cannot be had.
   */
  async mount(pod: Pod): Promise<Map<string, string>> {
    const paths = new Map<string, string>();
    for (const volume of pod.spec?.volumes ?? []) {
      try {
        paths.set(volume.name, await this.#mountOne(pod, volume));
      } catch (error) {
        if (error instanceof VolumeError) throw error;
        throw new VolumeError(volume.name, error instanceof Error ? error.message : String(error));
      }
    }
    return paths;
  }

  /** Removes what `mount` made; what hostPath and claimed volumes point at stays. */
  unmount(podUid: string): void {
    const { podsDirectory, memoryDirectory, tokens, claims } = this.#options;
    for (const directory of [podsDirectory, memoryDirectory])
      rmSync(join(directory, uidPart(podUid)), { recursive: true, force: true });
    tokens.forget(podUid);
    claims.forget(podUid);
  }

  async #mountOne(pod: Pod, volume: Volume): Promise<string> {
    labelPart('name', volume.name);
    const onNode =
      volume.persistentVolumeClaim === undefined
        ? volume.hostPath
        : await this.#options.claims.pathOf(pod, volume.persistentVolumeClaim);
    if (onNode !== undefined) {
      prepareHostPath(onNode.path, onNode.type);
      return onNode.path;
    }
    if (volume.emptyDir) return this.#mountEmptyDir(pod, volume.name, volume.emptyDir);
    const [plugin, files] = await this.#files(pod, volume);
    const directory = join(
      this.#options.podsDirectory,
      uidPart(pod.metadata.uid),
      'volumes',
      `kubernetes.io~${plugin}`,
      volume.name,
    );
    writeAtomically(directory, files, ownershipOf(pod));
    return directory;
  }

  #mountEmptyDir(pod: Pod, name: string, { medium }: EmptyDirVolumeSource): string {
    const { podsDirectory, memoryDirectory } = this.#options;
    const base = medium === 'Memory' ? memoryDirectory : podsDirectory;
    const directory = join(base, uidPart(pod.metadata.uid), 'volumes/kubernetes.io~empty-dir', name);
    mkdirSync(directory, { recursive: true });
    const ownership = ownershipOf(pod);
    if (ownership !== undefined) chownSync(directory, -1, ownership.gid);
    chmodSync(directory, ownership === undefined ? 0o777 : 0o2777);
    return directory;
  }

  /** The plugin's name, which is part of the path as upstream lays it out, and the files. */
  async #files(pod: Pod, volume: Volume): Promise<[string, Files]> {
    const { configMap, secret, downwardAPI, projected } = volume;
    if (configMap) return ['configmap', await this.#configMap(pod, configMap, configMap.defaultMode)];
    if (secret) {
      const source = { ...secret, name: secret.secretName };
      return ['secret', await this.#secret(pod, source, secret.defaultMode)];
    }
    if (downwardAPI) return ['downward-api', this.#downward(pod, downwardAPI.items, downwardAPI.defaultMode)];
    if (!projected) throw new Error(`volumes of type ${volumeType(volume)} are not supported on this node`);
    const parts: Files[] = [];
    for (const source of projected.sources ?? [])
      parts.push(await this.#project(pod, source, projected.defaultMode));
    return ['projected', new Map(parts.flatMap((files) => [...files]))];
  }

  async #project(pod: Pod, source: VolumeProjection, mode: number | undefined): Promise<Files> {
    if (source.configMap) return await this.#configMap(pod, source.configMap, mode);
    if (source.secret) return await this.#secret(pod, source.secret, mode);
    if (source.downwardAPI) return this.#downward(pod, source.downwardAPI.items, mode);
    const token = source.serviceAccountToken;
    if (!token)
      throw new Error(`projections of type ${Object.keys(source).join(', ')} are not supported on this node`);
    const seconds = token.expirationSeconds ?? DEFAULT_TOKEN_SECONDS;
    const data = Buffer.from(await this.#options.tokens.token(pod, token.audience, seconds));
    return new Map([[filePath(token.path), { data, ...tokenAccess(pod, mode ?? DEFAULT_MODE) }]]);
  }

  async #configMap(pod: Pod, source: ConfigMapProjection, mode = DEFAULT_MODE): Promise<Files> {
    const configMap = await this.#options.objects.configMap(pod.metadata.namespace!, source.name!);
    if (configMap === undefined && !source.optional) throw new Error(`configmap "${source.name}" not found`);
    return configMapFiles(configMap, configMap === undefined ? {} : source, mode);
  }

  async #secret(pod: Pod, source: SecretProjection, mode = DEFAULT_MODE): Promise<Files> {
    const secret = await this.#options.objects.secret(pod.metadata.namespace!, source.name!);
    if (secret === undefined && !source.optional) throw new Error(`secret "${source.name}" not found`);
    return secretFiles(secret, secret === undefined ? {} : source, mode);
  }

  #downward(pod: Pod, items: Parameters<typeof downwardFiles>[0] = [], mode = DEFAULT_MODE): Files {
    return downwardFiles(items, pod, this.#options.facts(), mode);
  }
}

function ownershipOf({ spec }: Pod): Ownership | undefined {
  const gid = spec?.securityContext?.fsGroup;
  return gid === undefined || process.getuid?.() !== 0 ? undefined : { gid };
}

function volumeType(volume: Volume): string {
  return Object.keys(volume).find((field) => field !== 'name') ?? 'unknown';
}
