import { type Lease, leases } from '@hawser/api';
import { isAlreadyExists, isConflict, isNotFound, type KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import { logFailure } from '../log-failure.ts';

export interface NodeLeaseOptions {
  readonly client: KubeClient;
  readonly nodeName: string;
  /** The Node's UID, when it is known: the Lease is then collected with it. */
  readonly nodeUid: () => string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

const NAMESPACE = 'kube-node-lease';
const DURATION_SECONDS = 40;
/** A quarter of the duration, as upstream. */
const RENEW_INTERVAL_MS = 10_000;

/**
 * The node's heartbeat: renews the Lease that says that the node lives. It is what node lifecycle looks at, and
 * much cheaper than the Node's status.
 */
export class NodeLease {
  readonly #options: NodeLeaseOptions;
  #latest: Lease | undefined;

  constructor(options: NodeLeaseOptions) {
    this.#options = options;
  }

  /** Renews until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const backoff = new Backoff({ initialMs: 200, maxMs: 7_000 });
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        this.#latest = await this.#renew(signal);
        backoff.reset();
        tries = 0;
        await sleep(RENEW_INTERVAL_MS, signal, clock);
      } catch (error) {
        if (signal.aborted) return;
        this.#latest = undefined;
        if (!isConflict(error)) logFailure(logger, error, tries, 'lease not renewed, trying until it is');
        await sleep(backoff.next(), signal, clock).catch(() => {});
      }
    }
  }

  async #renew(signal: AbortSignal): Promise<Lease> {
    const { client, nodeName } = this.#options;
    const lease = this.#latest ?? (await this.#read(signal));
    if (lease !== undefined) return await client.update(leases, this.#renewed(lease), { signal });
    try {
      const metadata = { name: nodeName, namespace: NAMESPACE };
      const fresh: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata };
      return await client.create(leases, this.#renewed(fresh), { signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return await client.get(leases, nodeName, { namespace: NAMESPACE, signal });
    }
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, nodeName } = this.#options;
    try {
      return await client.get(leases, nodeName, { namespace: NAMESPACE, signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #renewed(lease: Lease): Lease {
    const { nodeName, nodeUid, clock } = this.#options;
    const uid = nodeUid();
    const ownerReferences =
      uid === undefined
        ? lease.metadata.ownerReferences
        : [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }];
    return {
      ...lease,
      metadata: { ...lease.metadata, ...(ownerReferences ? { ownerReferences } : {}) },
      spec: {
        ...lease.spec,
        holderIdentity: nodeName,
        leaseDurationSeconds: DURATION_SECONDS,
        renewTime: clock.now().toISOString().replace('Z', '000Z'),
      },
    };
  }
}
