import { expect, test } from 'bun:test';
import { AgentRefusedError } from '../../link/agent-connection.ts';
import { parseIdentifiers } from './parse-identifiers.ts';

const read = (text: string) => {
  const { claims, malformed } = parseIdentifiers(text);
  return {
    claims: claims.map(({ type, value }) => `${type}=${value}`),
    malformed: malformed.map(({ type, value }) => `${type}=${value}`),
  };
};

test("reads upstream's form", () => {
  const text =
    'ipv4=10.0.0.1&ipv4=10.0.0.2&ipv6=fd00%3A%3A1&host=Node-1.&cidr=10.244.1.0%2F24&default-route=true';
  expect(read(text)).toEqual({
    claims: [
      'ipv4=10.0.0.1',
      'ipv4=10.0.0.2',
      'ipv6=fd00::1',
      'host=node-1',
      'cidr=10.244.1.0/24',
      'default-route=true',
    ],
    malformed: [],
  });
});

test('passes over what it does not know', () => {
  expect(read('uid=abc&zone=a&default-route=false')).toEqual({ claims: [], malformed: [] });
});

test('what cannot be meant is malformed', () => {
  const faults = [
    'ipv4=10.0.0.256',
    'ipv4=fd00::1',
    'ipv6=10.0.0.1',
    'ipv6=fe80::1%eth0',
    'cidr=10.0.0.1/24',
  ];
  const more = ['cidr=10.0.0.0/33', 'cidr=10.0.0.0', 'host=a_b', 'host=*.example.com', 'host='];
  for (const fault of [...faults, ...more])
    expect(read(fault.replaceAll('%', '%25'))).toEqual({ claims: [], malformed: [fault] });
});

test('of what is no name, so much is kept as a name could be long', () => {
  expect(read(`host=_${'a'.repeat(60_000)}`).malformed).toEqual([`host=_${'a'.repeat(255)}`]);
});

test('more than any agent has to say is refused', () => {
  const many = Array.from({ length: 1001 }, (_, i) => `host=h${i}`).join('&');
  expect(() => parseIdentifiers(many)).toThrow(AgentRefusedError);
  expect(() => parseIdentifiers(`host=${'a'.repeat(70_000)}`)).toThrow(AgentRefusedError);
});
