import type { Node } from '@hawser/api';
import type { PlainAnswer } from '@hawser/http';
import type { Clock } from '@hawser/runtime';

/** The cluster autoscaler's mark of a node that is about to go. */
const TO_BE_DELETED_TAINT = 'ToBeDeletedByClusterAutoscaler';
const JSON_TYPE = 'application/json';

/**
 * Whether changes are followed in time (pkg/proxy/healthcheck `ProxyHealthServer`): unhealthy is who has known of a
 * change for longer than `timeoutMs` without having done it.
 */
export class ProxyHealth {
  #lastUpdatedMs: number | undefined;
  #oldestPendingMs: number | undefined;
  #newestPendingMs = 0;
  #isEligible = true;

  constructor(private readonly options: { readonly clock: Clock; readonly timeoutMs: number }) {}

  /** A change is known of. */
  queued(): void {
    this.#newestPendingMs = this.#nowMs();
    this.#oldestPendingMs ??= this.#newestPendingMs;
  }

  /** All that was known of at `asOfMs` is done. */
  updated(asOfMs: number): void {
    this.#lastUpdatedMs = this.#nowMs();
    this.#oldestPendingMs = this.#newestPendingMs > asOfMs ? asOfMs : undefined;
  }

  /** A node that goes is to get no more traffic from load balancers. */
  nodeSeen(node: Node | undefined): void {
    const taints = node?.spec?.taints ?? [];
    const goes = node === undefined || node.metadata.deletionTimestamp !== undefined;
    this.#isEligible = !goes && !taints.some(({ key }) => key === TO_BE_DELETED_TAINT);
  }

  /** Whether what the hub says has been done at least once. */
  get hasUpdated(): boolean {
    return this.#lastUpdatedMs !== undefined;
  }

  get isHealthy(): boolean {
    const pendingMs = this.#oldestPendingMs;
    return pendingMs === undefined || this.#nowMs() - pendingMs < this.options.timeoutMs;
  }

  /** What `/healthz` answers: load balancers ask there. */
  healthz(): PlainAnswer {
    const healthy = this.isHealthy && this.#isEligible;
    const text = `{"lastUpdated": ${this.#lastUpdated(healthy)},"currentTime": ${this.#now()}, "nodeEligible": ${this.#isEligible}}`;
    return { code: healthy ? 200 : 503, text, type: JSON_TYPE };
  }

  /** What `/livez` answers: the same, whatever becomes of the node. */
  livez(): PlainAnswer {
    const healthy = this.isHealthy;
    const text = `{"lastUpdated": ${this.#lastUpdated(healthy)},"currentTime": ${this.#now()}}`;
    return { code: healthy ? 200 : 503, text, type: JSON_TYPE };
  }

  /** Who is healthy is up to date at the moment that it is asked, as upstream says. */
  #lastUpdated(healthy: boolean): string {
    if (healthy) return this.#now();
    return JSON.stringify(goTime(new Date(this.#lastUpdatedMs ?? 0)));
  }

  #now(): string {
    return JSON.stringify(goTime(this.options.clock.now()));
  }

  #nowMs(): number {
    return this.options.clock.now().getTime();
  }
}

/** `2006-01-02 15:04:05.999 +0000 UTC`: how Go prints a time. */
function goTime(time: Date): string {
  return time.toISOString().replace('T', ' ').replace('Z', ' +0000 UTC');
}
