import { expect, test } from 'bun:test';
import { isProxyRequest } from './is-proxy-request.ts';
import { parseProxyName } from './proxy-name.ts';
import { isPowerful, targetPath } from './target-path.ts';

const paths: [rest: string, path: string][] = [
  ['', ''],
  ['/', '/'],
  ['//', '/'],
  ['/a', '/a'],
  ['/a/', '/a/'],
  ['/a//b', '/a/b'],
  ['/./a/../b', '/b'],
  ['/../../a', '/a'],
  ['/a/%2e%2E/b', '/b'],
  ['/a%2Fb/%20', '/a%2Fb/%20'],
  ['/..', '/'],
];
for (const [rest, path] of paths)
  test(`${JSON.stringify(rest)} behind proxy asks for ${JSON.stringify(path)}`, () => {
    expect(targetPath(rest)).toBe(path);
  });

const powers: [path: string, powerful: boolean][] = [
  ['/pods', false],
  ['/metrics/cadvisor', false],
  ['/logs/a.log', false],
  ['/containerLogs/a/b/c', false],
  ['/exec/a/b/c', true],
  ['/EXEC/a', true],
  ['/%65xec/a', true],
  ['/attach/a', true],
  ['/portForward/a', true],
  ['/run/a', true],
  ['/cri/exec/x', true],
  ['/logs/..%2F..%2Fexec', true],
  ['/logs%5C..', true],
  ['/%2565xec', true],
  ['/%zz', true],
];
for (const [path, powerful] of powers)
  test(`${path} of a kubelet is ${powerful ? 'more than' : 'no more than'} its method says`, () => {
    expect(isPowerful(path)).toBe(powerful);
  });

const names: [text: string, parsed: ReturnType<typeof parseProxyName>][] = [
  ['a', { scheme: 'http', name: 'a', port: '' }],
  ['a:1', { scheme: 'http', name: 'a', port: '1' }],
  ['a:', { scheme: 'http', name: 'a', port: '' }],
  ['https:a:', { scheme: 'https', name: 'a', port: '' }],
  ['http:a:web', { scheme: 'http', name: 'a', port: 'web' }],
  [':a:1', { scheme: 'http', name: 'a', port: '1' }],
  ['ftp:a:1', undefined],
  ['https::1', undefined],
  [':1', undefined],
  ['', undefined],
  ['a:b:c:d', undefined],
];
for (const [text, parsed] of names)
  test(`the name ${JSON.stringify(text)} is ${parsed === undefined ? 'none' : JSON.stringify(parsed)}`, () => {
    expect(parseProxyName(text)).toEqual(parsed);
  });

test('proxy requests are told by their path', () => {
  const are = ['/api/v1/nodes/a/proxy', '/api/v1/nodes/a:1/proxy/x?y', '/api/v1/namespaces/b/pods/c/proxy?x'];
  const others = [
    '/api/v1/nodes/proxy',
    '/api/v1/nodes/a/proxyx',
    '/api/v1/namespaces/b/secrets/c/proxy',
    '/x?/proxy',
  ];
  expect(are.map((url) => isProxyRequest({ url }))).toEqual(are.map(() => true));
  expect(others.map((url) => isProxyRequest({ url }))).toEqual(others.map(() => false));
});
