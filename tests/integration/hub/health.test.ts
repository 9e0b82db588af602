import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';

const hub = shareCluster();

describe('health', () => {
  for (const path of ['/healthz', '/livez', '/readyz']) {
    hub.test(`${path} says ok to anybody`, async (cluster) => {
      const answer = await cluster.wire().get(path);
      expect(answer.status).toBe(200);
      expect(answer.text).toBe('ok');
    });
  }
});
