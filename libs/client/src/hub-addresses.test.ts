import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { staticCredentials } from './credentials.ts';
import { HubAddresses } from './hub-addresses.ts';
import { TestAuthority, TestServer } from './testing.ts';

const signal = new AbortController().signal;

test("tells the host and what the server's certificate says", async () => {
  await using server = await TestServer.start(() => {});
  const credentials = staticCredentials({ ca: server.authority.certificate });
  const addresses = new HubAddresses({ server: server.url, credentials, clock: new FakeClock() });
  expect([...new Set(await addresses.current(signal))].sort()).toEqual(['127.0.0.1', 'localhost']);
});

test('believes only a server that it trusts', async () => {
  await using server = await TestServer.start(() => {});
  const credentials = staticCredentials({ ca: new TestAuthority().certificate });
  const addresses = new HubAddresses({ server: server.url, credentials, clock: new FakeClock() });
  expect(await addresses.current(signal).catch((error) => error)).toBeInstanceOf(Error);
});
