import { expect, test } from 'bun:test';
import { objectReference } from './object-reference.ts';

const pod = { resource: 'pods', namespace: 'ns', name: 'web', apiVersion: 'v1' };
const node = { resource: 'nodes', name: 'node-1', apiVersion: 'v1' };
const cases: { path: string; method?: string; reference: object }[] = [
  { path: '/exec/ns/web/main', reference: { ...pod, subresource: 'exec' } },
  { path: '/exec/ns/web/uid-1/main', reference: { ...pod, uid: 'uid-1', subresource: 'exec' } },
  { path: '/run/ns/web/main', method: 'POST', reference: { ...pod, subresource: 'exec' } },
  { path: '/attach/ns/web/main/', reference: { ...pod, subresource: 'attach' } },
  { path: '/portForward/ns/web', reference: { ...pod, subresource: 'portforward' } },
  { path: '/portForward/ns/web/uid-1', reference: { ...pod, uid: 'uid-1', subresource: 'portforward' } },
  { path: '/containerLogs/ns/web/main', reference: { ...pod, subresource: 'log' } },
  { path: '/containerLogs/ns/w%65b/main', reference: { ...pod, subresource: 'log' } },
  { path: '/containerLogs/ns/web', reference: { ...node, subresource: 'proxy' } },
  { path: '/exec/ns/web', reference: { ...node, subresource: 'proxy' } },
  { path: '/exec/ns//main', reference: { ...node, subresource: 'proxy' } },
  { path: '/exec/ns/%ff/main', reference: { ...node, subresource: 'proxy' } },
  { path: '/__proto__/ns/web/main', reference: { ...node, subresource: 'proxy' } },
  { path: '/pods', reference: { ...node, subresource: 'pods' } },
  { path: '/healthz', reference: { ...node, subresource: 'healthz' } },
  { path: '/metrics', reference: { ...node, subresource: 'metrics' } },
  { path: '/stats/summary', reference: { ...node, subresource: 'stats' } },
  { path: '/logs/', reference: { ...node, subresource: 'log' } },
];
for (const { path, method = 'GET', reference } of cases)
  test(`${method} ${path}`, () =>
    expect(objectReference(method, path, 'node-1')).toEqual(reference as never));
