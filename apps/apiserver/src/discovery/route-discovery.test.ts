import { expect, test } from 'bun:test';
import { ApiError } from '@hawser/api';
import type { RequestContext } from '../pipeline/request-context.ts';
import { DiscoveryDocuments, routeDiscovery } from './route-discovery.ts';

function ask(path: string, documents = new DiscoveryDocuments()) {
  const context = { info: { path }, request: { headers: {} } } as unknown as RequestContext;
  return routeDiscovery(context, '127.0.0.1:6443', documents);
}

function reasonOf(path: string): string {
  try {
    ask(path);
    return 'found';
  } catch (error) {
    return error instanceof ApiError ? error.reason : String(error);
  }
}

test('keeps one document of a group version, however its path is written', () => {
  const documents = new DiscoveryDocuments();
  const { body } = ask('/api/v1', documents);
  for (let slashes = 1; slashes < 200; slashes += 1) {
    expect(ask(`/api${'/'.repeat(slashes)}v1`, documents).body).toBe(body);
    expect(ask(`/api/v1${'/'.repeat(slashes)}`, documents).body).toBe(body);
  }
  expect(documents.size).toBe(1);
});

test('keeps nothing of what does not exist', () => {
  const documents = new DiscoveryDocuments();
  const paths = [
    '/api/v2',
    '/api/v1/pods/',
    '/apis/made-up',
    '/apis/apps/v9',
    '/apis/coordination.k8s.io/v1/x',
  ];
  for (const path of paths) expect(() => ask(path, documents)).toThrow(ApiError);
  expect(documents.size).toBe(0);
});

for (const name of ['constructor', '__proto__', 'toString'])
  test(`knows no group and no version called ${name}`, () => {
    for (const path of [`/api/${name}`, `/apis/${name}`, `/apis/${name}/v1`])
      expect(reasonOf(path)).toBe('NotFound');
  });
