import { expect, test } from 'bun:test';
import type { IncomingMessage } from 'node:http';
import { forwardedHeaders, returnedHeaders } from './forwarded-headers.ts';

function forwarded(pairs: readonly (readonly [string, string])[]): string[] {
  const headers = Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
  const request = { rawHeaders: pairs.flat(), headers } as unknown as IncomingMessage;
  return forwardedHeaders(request, '192.0.2.1').map(([name, value]) => `${name}: ${value}`);
}

const dropped: readonly (readonly [string, string])[] = [
  [':method', 'GET'],
  [':authority', 'hub'],
  ['Host', 'hub'],
  ['Authorization', 'Bearer x'],
  ['AUTHORIZATION', 'Basic x'],
  ['Cookie', 'a=b'],
  ['Impersonate-User', 'x'],
  ['impersonate-Extra-scopes', 'x'],
  ['Impersonate-Uid', 'x'],
  ['X-Remote-User', 'x'],
  ['X-Remote-Extra-Scopes', 'x'],
  ['X-Forwarded-Client-Cert', 'x'],
  ['Client-Cert', ':x:'],
  ['SSL-Client-Cert', 'x'],
  ['Forwarded', 'for=x'],
  ['X-Forwarded-Host', 'x'],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Uri', '/x'],
  ['Keep-Alive', 'x'],
  ['Proxy-Connection', 'keep-alive'],
  ['Proxy-Authorization', 'x'],
  ['TE', 'trailers'],
  ['Trailer', 'x'],
  ['Transfer-Encoding', 'chunked'],
  ['Upgrade', 'websocket'],
  ['Expect', '100-continue'],
  ['Sec-WebSocket-Protocol', 'base64url.bearer.authorization.k8s.io.eA'],
];
for (const pair of dropped)
  test(`${pair.join(': ')} does not go on`, () => {
    expect(forwarded([pair])).toEqual(['X-Forwarded-For: 192.0.2.1']);
  });

test('what the connection names does not go on, all else does as it came', () => {
  expect(
    forwarded([
      ['Connection', 'Upgrade, X-Hop'],
      ['x-hop', '1'],
      ['X-Twice', 'a'],
      ['X-Twice', 'b'],
      ['Content-Length', '0'],
      ['X-Forwarded-For', '198.51.100.1'],
      ['Sec-WebSocket-Protocol', 'base64url.bearer.authorization.k8s.io.eA, v5.channel.k8s.io'],
    ]),
  ).toEqual([
    'X-Twice: a',
    'X-Twice: b',
    'Content-Length: 0',
    'Sec-WebSocket-Protocol: v5.channel.k8s.io',
    'X-Forwarded-For: 198.51.100.1, 192.0.2.1',
  ]);
});

test('an answer loses what is of its connection, or the hub’s to say', () => {
  const raw = [
    ['Connection', 'close, X-Hop'],
    ['X-Hop', '1'],
    ['Transfer-Encoding', 'chunked'],
    ['Access-Control-Allow-Origin', '*'],
    ['Audit-Id', 'x'],
    ['Strict-Transport-Security', 'max-age=1'],
    ['Service-Worker-Allowed', '/'],
    ['Clear-Site-Data', '*'],
    ['Alt-Svc', 'h3=":1"'],
    ['X-Kept', 'a'],
    ['X-Kept', 'b'],
  ];
  expect(returnedHeaders(raw.flat())).toEqual([
    ['X-Kept', 'a'],
    ['X-Kept', 'b'],
  ]);
});
