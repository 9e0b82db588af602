import { configMaps, type Secret, secrets } from '@hawser/api';
import { LAST_USED_LABEL, TRACKING_CONFIG_MAP } from '@hawser/authn';
import type { Logger } from '@hawser/observability';
import { type AnyObject, createObject, updateObject } from '@hawser/registry';
import type { Clock } from '@hawser/runtime';
import { ownWrite } from '../bootstrap/own-write.ts';
import type { Resources } from '../hub.ts';

const NAMESPACE = 'kube-system';
const DAY_MS = 24 * 3_600_000;
const DATE = /^\d{4}-\d\d-\d\d$/;

export interface LegacyTokenTrackingOptions {
  readonly resources: Resources;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Marks Secrets whose token is used with the day of its last use, so that the controller manager knows those that
 * nobody needs any more; and says in a ConfigMap since when that is done
 * (kubernetes/pkg/controlplane/controller/legacytokentracking, kubernetes/pkg/serviceaccount/legacy.go).
 */
export class LegacyTokenTracking {
  readonly #options: LegacyTokenTrackingOptions;
  /** Secrets, by UID, that are being marked. */
  readonly #marking = new Set<string>();

  constructor(options: LegacyTokenTrackingOptions) {
    this.#options = options;
  }

  /** Makes the ConfigMap, or mends one that gives no date. Where that is refused, as by a quota, the hub goes on. */
  async begin(): Promise<void> {
    try {
      await this.#ensureConfigMap();
    } catch (error) {
      this.#options.logger.error({ error }, 'it could not be noted since when uses of tokens are marked');
    }
  }

  async #ensureConfigMap(): Promise<void> {
    const resource = this.#options.resources.of(configMaps);
    const stored = resource.cache.entry(NAMESPACE, TRACKING_CONFIG_MAP)?.object;
    const data = { ...((stored?.['data'] ?? {}) as Record<string, string>), since: this.#day(0) };
    if (stored === undefined) {
      const metadata = { name: TRACKING_CONFIG_MAP, namespace: NAMESPACE };
      await createObject(
        resource,
        NAMESPACE,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as AnyObject,
        ownWrite,
      );
      return;
    }
    if (isDate((stored['data'] as Record<string, string> | undefined)?.['since'])) return;
    const change = (current: AnyObject) => ({ ...current, data });
    const request = { namespace: NAMESPACE, name: TRACKING_CONFIG_MAP, subresource: '', change };
    await updateObject(resource, request, ownWrite);
  }

  /** Nobody waits for the mark: the request whose token it is goes on. */
  used(secret: Secret): void {
    const { uid = '', labels } = secret.metadata;
    const lastUsed = labels?.[LAST_USED_LABEL];
    // Tomorrow: where several hubs mark, one may be ahead.
    if (lastUsed === this.#day(0) || lastUsed === this.#day(1) || this.#marking.has(uid)) return;
    this.#marking.add(uid);
    this.#mark(secret)
      .catch((error: unknown) =>
        this.#options.logger.error({ error }, 'the last use of a token could not be noted'),
      )
      .finally(() => this.#marking.delete(uid));
  }

  async #mark({ metadata: { namespace = '', name = '', uid } }: Secret): Promise<void> {
    const resource = this.#options.resources.of(secrets);
    if (resource.cache.entry(namespace, name)?.object.metadata.uid !== uid) return;
    const change = (current: AnyObject) => {
      if (current.metadata.uid !== uid) return current;
      const labels = { ...current.metadata.labels, [LAST_USED_LABEL]: this.#day(0) };
      return { ...current, metadata: { ...current.metadata, labels, resourceVersion: undefined } };
    };
    await updateObject(resource, { namespace, name, subresource: '', change }, ownWrite);
  }

  /** The date in UTC, so many days from now. */
  #day(later: number): string {
    const nowMs = this.#options.clock.now().getTime();
    return new Date(nowMs + later * DAY_MS).toISOString().slice(0, 10);
  }
}

function isDate(text: string | undefined): boolean {
  return text !== undefined && DATE.test(text) && !Number.isNaN(Date.parse(text));
}
