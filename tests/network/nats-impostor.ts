import { expect } from 'bun:test';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { UNVERIFIED } from '../cluster/unverified.ts';
import { Interception } from './interception.ts';
import type { NetworkedCluster, NetworkSuite } from './network-suite.ts';

export interface NatsClient {
  readonly service: string;
  /** The host it runs on. */
  readonly host: string;
  /** Where it believes NATS to be. */
  readonly address: string;
  /** Makes it publish something, and so notice that its connection was reset. */
  readonly provoke: (cluster: NetworkedCluster) => Promise<unknown>;
}

/** What a nats-server says before TLS begins. */
const GREETING = `INFO ${JSON.stringify({
  ...{ server_id: 'NIMPOSTOR', server_name: 'hawser', version: '2.10.0', proto: 1, headers: true },
  ...{ tls_required: true, tls_verify: true, max_payload: 8_000_000, jetstream: true },
})}`;

/** Declares that a service tells an impostor in NATS's place nothing, and publishes again once NATS is back. */
export function declareNatsImpostorTest(suite: NetworkSuite, client: NatsClient): void {
  const { service, host, address, provoke } = client;
  suite.test(`${service} → NATS: an impostor is refused, and hears no event`, async (cluster) => {
    const before = cluster.service(service).log().length;
    const log = () => cluster.service(service).log().slice(before);
    {
      const link = { from: host, address, port: cluster.ports.nats };
      const sans = { ipAddresses: [address], dnsNames: ['localhost'] };
      const identity = { commonName: 'nats-server', sans, directory: cluster.place.home };
      const options = { ...link, ...identity, greeting: GREETING };
      await using impostor = await Interception.begin(cluster.network, options);
      await provoke(cluster);
      await eventuallyPasses(() => expect(log()).toMatch(UNVERIFIED));
      expect(impostor.connections).toBeGreaterThan(0);
      expect(impostor.heard).toBe('');
    }
    await eventuallyPasses(() => expect(log()).toMatch(/publishing .*events to NATS/), 30_000);
  });
}
