import { describe, expect, test } from 'bun:test';
import { shortLine } from './short-line.ts';

const line = (fields: object) =>
  JSON.stringify({ time: '2026-01-01T10:20:30.123Z', component: 'x', msg: 'done', ...fields });

describe('a log line for people', () => {
  const cases = [
    { name: 'info needs no level', line: line({ level: 'info', port: 1 }), short: '10:20:30 done port=1' },
    { name: 'a warning says so', line: line({ level: 'warn' }), short: '10:20:30 WARN done' },
    {
      name: 'an error is its message',
      line: line({ level: 'error', error: { message: 'no', stack: 'long' } }),
      short: '10:20:30 ERROR done error=no',
    },
    { name: 'debugging is for the file', line: line({ level: 'debug' }), short: undefined },
    { name: 'what is no JSON stays', line: 'panic: {', short: 'panic: {' },
    { name: 'JSON that is no log line stays', line: '{"a":1}', short: '{"a":1}' },
    {
      name: 'nats-server says when it is ready',
      line: '[7] 2026/01/01 10:20:30.123456 [INF] Server is ready',
      short: '10:20:30 Server is ready',
    },
    {
      name: 'and otherwise what is wrong',
      line: '[7] 2026/01/01 10:20:30.123456 [INF] Version',
      short: undefined,
    },
    { name: 'with its time', line: '[7] 2026/01/01 10:20:30.123456 [ERR] TLS', short: '10:20:30 TLS' },
  ];
  test.each(cases)('$name', ({ line, short }) => expect(shortLine(line)?.text).toBe(short));
  test('is not endless', () => expect(shortLine(line({ text: 'x'.repeat(1000) }))?.text).toHaveLength(200));
});
