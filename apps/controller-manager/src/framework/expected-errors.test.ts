import { expect, test } from 'bun:test';
import { ConnectionError, StatusError } from '@hawser/client';
import { silentLogger } from '@hawser/observability';
import { logRetry, StaleCacheError } from './expected-errors.ts';

const refusedWith = (reason: string) => new StatusError({ reason });

test.each([
  { error: new ConnectionError('GET', '/', new Error('refused')), level: 'debug' },
  { error: new StaleCacheError(), level: 'debug' },
  { error: refusedWith('Conflict'), level: 'debug' },
  { error: refusedWith('Forbidden'), level: 'warn' },
  { error: new Error('a fault'), level: 'warn' },
])('what failed is said at level $level: $error', ({ error, level }) => {
  const said: string[] = [];
  const note = (at: string) => () => void said.push(at);
  logRetry({ ...silentLogger, debug: note('debug'), warn: note('warn') }, error, {}, 'sync failed');
  expect(said).toEqual([level]);
});
