import { expect, test } from 'bun:test';
import { TargetPolicy } from './target-policy.ts';

const ALWAYS = 'the agent connects to no link-local, multicast or unspecified address';
const LOOPBACK =
  'the agent connects to loopback addresses only if they are among its identifiers (--allow-loopback-targets)';

const cases: { address: string; identifiers?: string; allowLoopback?: boolean; refusal?: string }[] = [
  { address: '10.244.1.7' },
  { address: 'fd00::7' },
  { address: '169.254.169.254', refusal: ALWAYS },
  { address: '::ffff:169.254.169.254', refusal: ALWAYS },
  { address: '169.254.169.254', identifiers: 'ipv4=169.254.169.254', refusal: ALWAYS },
  { address: 'fe80::1', allowLoopback: true, refusal: ALWAYS },
  { address: '224.0.0.1', refusal: ALWAYS },
  { address: '0.0.0.0', allowLoopback: true, refusal: ALWAYS },
  { address: '127.0.0.1', refusal: LOOPBACK },
  { address: '::1', refusal: LOOPBACK },
  { address: '::ffff:127.0.0.1', identifiers: 'ipv4=127.0.1.1', refusal: LOOPBACK },
  { address: '127.0.0.1', allowLoopback: true },
  { address: '127.0.1.1', identifiers: 'ipv4=127.0.1.1&host=node-1' },
  { address: '127.0.1.2', identifiers: 'ipv4=127.0.1.1&host=127.0.1.2', refusal: LOOPBACK },
  { address: '127.0.7.9', identifiers: 'cidr=127.0.7.0/24' },
  { address: '::1', identifiers: 'ipv6=::1' },
  { address: '::1', identifiers: 'cidr=::1/128' },
  { address: '127.0.0.1', identifiers: 'cidr=0.0.0.0/0', refusal: LOOPBACK },
  { address: '127.0.0.1', identifiers: 'cidr=126.0.0.0/7', refusal: LOOPBACK },
  { address: '::1', identifiers: 'cidr=::/0', refusal: LOOPBACK },
  { address: '127.0.0.1', identifiers: 'cidr=127.0.0.0/99&cidr=127.0.0.0/x', refusal: LOOPBACK },
];
for (const { address, identifiers = '', allowLoopback = false, refusal } of cases)
  test(`${address} of an agent ${allowLoopback ? 'of all loopback addresses' : `for "${identifiers}"`} is ${refusal === undefined ? 'connected to' : 'refused'}`, () => {
    expect(new TargetPolicy({ identifiers, allowLoopback }).refusal(address)).toBe(refusal);
  });
