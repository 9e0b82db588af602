import type { AuditEvent } from '@hawser/audit';
import { MemoryOutbox } from '@hawser/audit-nats/testing';
import { createRegistry, silentLogger } from '@hawser/observability';
import { systemClock } from '@hawser/runtime';
import { KubeletAudit } from '../audit/kubelet-audit.ts';

/** An audit trail in memory, and the events in it. */
export class RecordedAudit {
  readonly outbox = new MemoryOutbox();
  readonly audit = new KubeletAudit({
    nodeName: 'node-1',
    outbox: this.outbox,
    registry: createRegistry(),
    clock: systemClock,
    logger: silentLogger,
  });

  async events(): Promise<AuditEvent[]> {
    const records = await this.outbox.pending(Number.MAX_SAFE_INTEGER);
    return records.map(({ body }) => JSON.parse(body) as AuditEvent);
  }

  /** The events of the request with this URI, when so many are there. */
  async eventsOf(requestURI: string, count: number): Promise<AuditEvent[]> {
    for (let tries = 0; tries < 500; tries += 1) {
      const found = (await this.events()).filter((event) => event.requestURI === requestURI);
      if (found.length >= count) return found;
      await Bun.sleep(10);
    }
    throw new Error(`${requestURI} has not left ${count} events`);
  }
}
