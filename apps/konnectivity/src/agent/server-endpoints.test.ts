import { expect, test } from 'bun:test';
import { ServerEndpoints } from './server-endpoints.ts';

test('every address of every name is known, and addresses stand for themselves', async () => {
  const names: Record<string, string[]> = { a: ['10.0.0.1', '10.0.0.2', '10.0.0.1'], b: ['fd00::1'] };
  const endpoints = new ServerEndpoints(['a', 'b', '10.0.0.9'], async (host) => names[host]!);
  expect(await endpoints.list()).toEqual([
    { host: 'a', address: '10.0.0.1' },
    { host: 'a', address: '10.0.0.2' },
    { host: 'b', address: 'fd00::1' },
    { host: '10.0.0.9', address: '10.0.0.9' },
  ]);
});

test('a name that cannot be looked up keeps the addresses that it had', async () => {
  const answers = [async () => ['10.0.0.1'], () => Promise.reject(new Error('SERVFAIL'))];
  const endpoints = new ServerEndpoints(['a'], () => answers.shift()!());
  await endpoints.list();
  expect(await endpoints.list()).toEqual([{ host: 'a', address: '10.0.0.1' }]);
});

test('without any address the reason is said', async () => {
  const endpoints = new ServerEndpoints(['a'], () => Promise.reject(new Error('lookup a: no such host')));
  await expect(endpoints.list()).rejects.toThrow('no such host');
});

test('a name service that does not answer holds up nothing that is known', async () => {
  const answers = [async () => ['10.0.0.1'], () => new Promise<never>(() => {})];
  const endpoints = new ServerEndpoints(['a'], () => answers.shift()!(), 20);
  await endpoints.list();
  expect(await endpoints.list()).toEqual([{ host: 'a', address: '10.0.0.1' }]);
});
