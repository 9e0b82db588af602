import type { ConfigMap, Secret } from '@hawser/api';
import type { ConfigObjects } from '../config-objects/config-objects.ts';

/** ConfigMaps and Secrets of a test, by name: the API server's part, which integration tests have for real. */
export class FixedConfigObjects implements ConfigObjects {
  readonly configMaps: Record<string, ConfigMap> = {};
  readonly secrets: Record<string, Secret> = {};

  async configMap(_namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.configMaps[name];
  }

  async secret(_namespace: string, name: string): Promise<Secret | undefined> {
    return this.secrets[name];
  }

  register(): void {}
  unregister(): void {}

  setConfigMap(name: string, data: Record<string, string>): void {
    this.configMaps[name] = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
  }

  setSecret(name: string, values: Record<string, string>): void {
    const entries = Object.entries(values).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ]);
    this.secrets[name] = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      data: Object.fromEntries(entries),
    };
  }
}
