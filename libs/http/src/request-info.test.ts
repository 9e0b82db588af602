import { expect, test } from 'bun:test';
import { parseRequestInfo } from './request-info.ts';

const cases: { request: string; says: Record<string, unknown> }[] = [
  {
    request: 'GET /api/v1/pods',
    says: { verb: 'list', resource: 'pods', namespace: '', name: '', apiVersion: 'v1' },
  },
  { request: 'GET /api/v1/pods?watch=1', says: { verb: 'watch' } },
  { request: 'GET /api/v1/pods?watch=false', says: { verb: 'list' } },
  {
    request: 'GET /api/v1/namespaces/a/pods/b/log',
    says: { verb: 'get', namespace: 'a', resource: 'pods', name: 'b', subresource: 'log' },
  },
  { request: 'GET /api/v1/namespaces', says: { verb: 'list', resource: 'namespaces', namespace: '' } },
  {
    request: 'DELETE /api/v1/namespaces/a',
    says: { verb: 'delete', resource: 'namespaces', namespace: 'a', name: 'a' },
  },
  {
    request: 'PUT /api/v1/namespaces/a/finalize',
    says: { resource: 'namespaces', name: 'a', subresource: 'finalize' },
  },
  {
    request: 'DELETE /apis/coordination.k8s.io/v1/namespaces/a/leases',
    says: { verb: 'deletecollection', apiGroup: 'coordination.k8s.io', resource: 'leases' },
  },
  { request: 'GET /api/v1/nodes/n/proxy/a/b%20c', says: { subresource: 'proxy', rest: 'a/b c' } },
  { request: 'GET /api/v1/pods?fieldSelector=metadata.name%3Dx', says: { verb: 'list', name: 'x' } },
  {
    request: 'DELETE /api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dx',
    says: { verb: 'deletecollection', name: '' },
  },
  { request: 'PUT /api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dx', says: { name: '' } },
  { request: 'GET /healthz', says: { resourceRequest: false, verb: 'get', path: '/healthz' } },
  { request: 'GET /apis/apps/v1', says: { resourceRequest: false, path: '/apis/apps/v1' } },
  { request: 'POST /api/v1/namespaces/a/pods', says: { verb: 'create' } },
];
for (const { request, says } of cases)
  test(request, () => {
    const [method, url] = request.split(' ') as [string, string];
    expect(parseRequestInfo(method, url)).toMatchObject(says);
  });

test('refuses percent-encoding that is not UTF-8', () => {
  expect(() => parseRequestInfo('GET', '/api/v1/pods/%ff')).toThrow('invalid path segment');
});
