import { expect, test } from 'bun:test';
import { isTrue, parseRequestInfo } from './request-info.ts';

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
  { request: 'GET /api/v1/nodes/n/proxy/a/b%20c', says: { subresource: 'proxy', rest: '/a/b%20c' } },
  { request: 'GET /api/v1/nodes/n/proxy', says: { subresource: 'proxy', rest: '' } },
  { request: 'GET //api/v1/nodes/n/proxy//a%2Fb//', says: { subresource: 'proxy', rest: '//a%2Fb//' } },
  {
    request: 'GET /api/v1/namespaces/a/pods/https:b:1/proxy/?c=/d/e',
    says: { namespace: 'a', name: 'https:b:1', subresource: 'proxy', rest: '/' },
  },
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

test('reads a boolean as upstream does: only 0 and false, in any case, are false', () => {
  for (const value of ['0', 'false', 'False', 'FALSE']) expect(isTrue(value)).toBe(false);
  for (const value of ['1', 'true', 'True', '']) expect(isTrue(value)).toBe(true);
  expect(isTrue(null)).toBe(false);
  expect(parseRequestInfo('GET', '/api/v1/pods?watch=False')).toMatchObject({ verb: 'list' });
});

for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
  test(`takes the method ${name} for a word and nothing else`, () => {
    const verb = /^[a-z]+$/i.test(name) ? name.toLowerCase() : '';
    for (const path of ['/api/v1/pods', '/api/v1/namespaces/a/pods/b', '/version', `/${name}`])
      expect(parseRequestInfo(name, path)).toMatchObject({ verb });
  });

  test(`takes ${name} for the name of a resource or subresource like any other`, () => {
    const path = `/apis/${name}/v1/namespaces/${name}/${name}/${name}/${name}`;
    expect(parseRequestInfo('GET', path)).toMatchObject({
      ...{ resourceRequest: true, verb: 'get', apiGroup: name, namespace: name },
      ...{ resource: name, name, subresource: name },
    });
  });
}

const strangeMethods = ['GET POST', '', '*', 'a-b', 'M1', 'ÄÖ', 'x'.repeat(33)];
for (const method of strangeMethods)
  test(`gives the method ${JSON.stringify(method)} no verb`, () => {
    for (const path of ['/api/v1/pods', '/version'])
      expect(parseRequestInfo(method, path)).toMatchObject({ verb: '' });
  });

test('does not take a method for an API verb that it is named after', () => {
  for (const method of ['LIST', 'WATCH', 'CREATE', 'DELETECOLLECTION', 'get', 'delete'])
    expect(parseRequestInfo(method, '/api/v1/namespaces/a/secrets')).toMatchObject({ verb: '' });
});
