import { expect, test } from 'bun:test';
import { requestAttributes } from './request-attributes.ts';

const cases = [
  { method: 'GET', path: '/stats/summary', verb: 'get', subresources: ['stats'] },
  { method: 'GET', path: '/metrics', verb: 'get', subresources: ['metrics'] },
  { method: 'GET', path: '/metrics/cadvisor', verb: 'get', subresources: ['metrics'] },
  { method: 'GET', path: '/metricsX', verb: 'get', subresources: ['proxy'] },
  { method: 'GET', path: '/logs/', verb: 'get', subresources: ['log'] },
  { method: 'POST', path: '/checkpoint/ns/pod/container', verb: 'create', subresources: ['checkpoint'] },
  { method: 'GET', path: '/statusz', verb: 'get', subresources: ['statusz'] },
  { method: 'GET', path: '/pods', verb: 'get', subresources: ['pods', 'proxy'] },
  { method: 'GET', path: '/runningpods/', verb: 'get', subresources: ['pods', 'proxy'] },
  { method: 'GET', path: '/healthz', verb: 'get', subresources: ['healthz', 'proxy'] },
  { method: 'GET', path: '/healthz/ping', verb: 'get', subresources: ['healthz', 'proxy'] },
  { method: 'GET', path: '/configz', verb: 'get', subresources: ['configz', 'proxy'] },
  { method: 'GET', path: '/flagz', verb: 'get', subresources: ['configz', 'proxy'] },
  { method: 'GET', path: '/containerLogs/ns/pod/c', verb: 'get', subresources: ['proxy'] },
  { method: 'POST', path: '/exec/ns/pod/c', verb: 'create', subresources: ['proxy'] },
  { method: 'GET', path: '/exec/ns/pod/c', verb: 'create', subresources: ['proxy'] },
  { method: 'GET', path: '/portForward/ns/pod', verb: 'create', subresources: ['proxy'] },
  { method: 'PUT', path: '/anything', verb: 'update', subresources: ['proxy'] },
  { method: 'DELETE', path: '/', verb: 'delete', subresources: ['proxy'] },
  { method: 'TRACE', path: '/', verb: '', subresources: ['proxy'] },
];

for (const { method, path, ...expected } of cases)
  test(`${method} ${path} asks for ${expected.verb || 'nothing'} on nodes/${expected.subresources.join(' or ')}`, () => {
    expect(requestAttributes(method, path)).toEqual(expected);
  });
