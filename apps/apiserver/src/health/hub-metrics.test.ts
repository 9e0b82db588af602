import { expect, test } from 'bun:test';
import { createRegistry } from '@hawser/observability';
import { storedKinds } from '../hub.ts';
import type { AuditTrail } from '../pipeline/audit-trail.ts';
import { HubMetrics } from './hub-metrics.ts';

type Labels = ReturnType<AuditTrail['labels']>;

async function linesAfter(requests: readonly Labels[]): Promise<string[]> {
  const registry = createRegistry();
  const metrics = new HubMetrics(registry, new Set(storedKinds.map(({ plural }) => plural)));
  for (const labels of requests) metrics.observe({ labels: () => labels } as AuditTrail, 200, 1);
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith('apiserver_request_total'));
}

const cases: { what: string; labels: Labels; line: string }[] = [
  {
    what: 'a declared subresource under its name',
    labels: { verb: 'GET', resource: 'pods', subresource: 'log' },
    line: 'verb="GET",resource="pods",subresource="log"',
  },
  {
    what: 'a made-up subresource without a resource',
    labels: { verb: 'GET', resource: 'pods', subresource: 'made-up' },
    line: 'verb="GET",resource="",subresource=""',
  },
  {
    what: 'a subresource of another kind without a resource',
    labels: { verb: 'GET', resource: 'configmaps', subresource: 'log' },
    line: 'verb="GET",resource="",subresource=""',
  },
  {
    what: 'a made-up verb as other',
    labels: { verb: 'CONSTRUCTOR', resource: 'pods', subresource: '' },
    line: 'verb="other",resource="pods",subresource=""',
  },
  {
    what: 'no verb as other',
    labels: { verb: '', resource: '', subresource: '' },
    line: 'verb="other",resource="",subresource=""',
  },
  ...['constructor', '__proto__', 'toString'].map((name) => ({
    what: `${name} as no name of ours`,
    labels: { verb: name, resource: 'pods', subresource: name },
    line: 'verb="other",resource="",subresource=""',
  })),
];
for (const { what, labels, line } of cases)
  test(`counts ${what}`, async () => {
    const lines = await linesAfter([labels]);
    expect(lines).toEqual([`apiserver_request_total{${line},code="200"} 1`]);
  });

test('does not grow with what clients make up', async () => {
  const requests = Array.from({ length: 1_000 }, (_, index) => ({
    verb: `VERB${index}`,
    resource: index % 2 === 0 ? 'pods' : `resource-${index}`,
    subresource: `sub-${index}`,
  }));
  expect(await linesAfter(requests)).toHaveLength(1);
});
