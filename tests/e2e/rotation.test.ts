import { describe, expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeLayout } from '@hawser/config';
import { parseCertificate } from '@hawser/pki';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, logOf, podThat } from '../cluster/pods.ts';

const LIFETIME_S = 8;
const suite = shareCluster({
  nodes: 1,
  flags: { 'controller-manager': ['--cluster-signing-duration', `${LIFETIME_S}s`] },
});

function serialNumber(cluster: Cluster, purpose: 'client' | 'server'): string {
  const { pki } = nodeLayout(cluster.place.home, 'node-1');
  return parseCertificate(readFileSync(join(pki, `kubelet-${purpose}-current.pem`), 'utf8')).serialNumber;
}

describe('certificates that live for seconds', () => {
  suite.test(
    'are renewed twice while the node works on, and none sooner than need be',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const path = await createPod(cluster, namespace, shellPod('a', 'echo hello; exec sleep 3600'));
      await podThat(cluster, path, isReady);
      await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('hello\n'));
      const seen = { client: new Set<string>(), server: new Set<string>() };
      const refused: string[] = [];
      const startMs = performance.now();
      await eventuallyPasses(
        async () => {
          seen.client.add(serialNumber(cluster, 'client'));
          seen.server.add(serialNumber(cluster, 'server'));
          const answer = await cluster.admin.get(`${path}/log`);
          if (answer.text !== 'hello\n') refused.push(`${answer.status} ${answer.text}`);
          expect(Math.min(seen.client.size, seen.server.size)).toBeGreaterThan(2);
        },
        3 * LIFETIME_S * 1000,
      );
      expect(refused).toEqual([]);
      const seconds = (performance.now() - startMs) / 1000;
      // Upstream renews when 70 to 90 per cent of a life are over.
      const bound = Math.ceil(seconds / (0.6 * LIFETIME_S)) + 1;
      for (const serials of Object.values(seen)) expect(serials.size).toBeLessThanOrEqual(bound);
      await cluster.nodeReady('node-1');
      const later = await createPod(cluster, namespace, shellPod('b', 'echo later; exec sleep 3600'));
      await podThat(cluster, later, isReady);
      await eventuallyPasses(async () => expect(await logOf(cluster, later)).toBe('later\n'));
    },
    90_000,
  );
});
