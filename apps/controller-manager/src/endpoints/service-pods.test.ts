import { expect, test } from 'bun:test';
import type { Pod, Service } from '@hawser/api';
import { selects } from './service-pods.ts';

const service = (selector: Record<string, string> | undefined): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'n' },
  spec: { ...(selector && { selector }) },
});
const pod = (metadata: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'n', labels: { app: 'web', tier: 'front' }, ...metadata },
  spec: { containers: [] },
});

test('a Service selects by all of its labels, in its namespace', () => {
  expect(selects(service({ app: 'web' }), pod())).toBe(true);
  expect(selects(service({ app: 'web', tier: 'back' }), pod())).toBe(false);
  expect(selects(service({}), pod())).toBe(true);
  expect(selects(service(undefined), pod())).toBe(false);
  expect(selects(service({ app: 'web' }), pod({ namespace: 'other' }))).toBe(false);
});

test('no Service selects what a node made', () => {
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  expect(selects(service({ app: 'web' }), pod({ annotations }))).toBe(false);
  expect(selects(service({}), pod({ annotations }))).toBe(false);
});
