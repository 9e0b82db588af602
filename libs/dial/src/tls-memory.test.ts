import { expect, test } from 'bun:test';
import { createCertificateAuthority } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { TlsMemory } from './tls-memory.ts';

const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
const material = () => ({
  ca: createCertificateAuthority({ subject: { commonName: 'ca' }, ...life }).certificatePem,
});
const session = Buffer.from('session');

function remembering() {
  const clock = new FakeClock();
  const memory = new TlsMemory({ clock });
  const own = material();
  memory.contextOf(own);
  memory.keep(own, session, false);
  return { clock, memory, own };
}

test('a session is offered again for ten minutes, and resuming it makes that no longer', () => {
  const { clock, memory, own } = remembering();
  clock.advance(599_999);
  expect(memory.sessionFor(own)).toBe(session);
  memory.keep(own, Buffer.from('another'), true);
  clock.advance(1);
  expect(memory.sessionFor(own)).toBeUndefined();
});

test('a peer that was looked at again is known for ten minutes more', () => {
  const { clock, memory, own } = remembering();
  clock.advance(500_000);
  memory.keep(own, session, false);
  clock.advance(500_000);
  expect(memory.sessionFor(own)).toBe(session);
});

test('other material knows of no session, and forgets that of the first', () => {
  const { memory, own } = remembering();
  const other = material();
  expect(memory.sessionFor(other)).toBeUndefined();
  memory.contextOf(other);
  memory.keep(own, session, false);
  memory.contextOf(own);
  expect(memory.sessionFor(own)).toBeUndefined();
});
