import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { KnownHosts } from './known-hosts.ts';
import { hostKeyPair } from './testing-keys.ts';

const a = hostKeyPair();
const b = hostKeyPair('ecdsa');

/** Which of the two keys a host has, by the file. */
function keysOf(file: string, name: string, port = 22): string {
  const { keys } = KnownHosts.parse(file).find([name], port);
  return keys.map((key) => (key.blob.equals(a.key.blob) ? 'a' : 'b')).join('');
}

describe('a host is found', () => {
  const cases: { name: string; line: string; host?: string; port?: number; keys: string }[] = [
    { name: 'by its address', line: `10.0.0.1 ${a.public}`, keys: 'a' },
    { name: 'by one of several names', line: `node-1,10.0.0.1 ${a.public} comment here`, keys: 'a' },
    { name: 'by a name in capitals', line: `Node-1 ${a.public}`, host: 'NODE-1', keys: 'a' },
    { name: 'by a pattern', line: `10.0.0.* ${a.public}`, keys: 'a' },
    { name: 'by a pattern of one character', line: `10.0.0.? ${a.public}`, keys: 'a' },
    { name: 'with a port', line: `[10.0.0.1]:2222 ${a.public}`, port: 2222, keys: 'a' },
    { name: 'with all its keys', line: `10.0.0.1 ${a.public}\n10.0.0.1 ${b.public}`, keys: 'ab' },
    { name: 'not by another name', line: `10.0.0.2 ${a.public}`, keys: '' },
    { name: 'not by a part of a name', line: `10.0.0.11 ${a.public}`, keys: '' },
    { name: 'not where it is excepted', line: `10.0.0.*,!10.0.0.1 ${a.public}`, keys: '' },
    { name: 'not by an exception alone', line: `!10.0.0.2 ${a.public}`, keys: '' },
    { name: 'not at another port', line: `10.0.0.1 ${a.public}`, port: 2222, keys: '' },
    { name: 'not without its port', line: `[10.0.0.1]:2222 ${a.public}`, keys: '' },
    { name: 'not in a comment', line: `#10.0.0.1 ${a.public}`, keys: '' },
    { name: 'not by a dot that stands for any character', line: `10a0a0a1 ${a.public}`, keys: '' },
  ];
  for (const { name, line, host = '10.0.0.1', port, keys } of cases)
    test(name, () => expect(keysOf(line, host, port)).toBe(keys));
});

test('a hashed name is found, as ssh-keygen -H writes it', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFoWgoXip2ApLhsaelptNq2MCj4OTfKz8iN2NyARV1nr x';
  const file = [
    `|1|rSV9ZrquoYP4lY0FTTpgqCBFKOQ=|Wtr7mcGye3Lv9OgC64OCslRM7qE= ${key}`,
    `|1|JfAgZ9oz5EPM0pOLrzR0HNK98Kc=|/kiWdvD6o979iAm4e4lV1msZajc= ${key}`,
  ];
  const find = (line: number, port: number) => KnownHosts.parse(file[line]!).find(['10.0.0.1'], port).keys;
  expect([find(0, 22), find(0, 2222), find(1, 22), find(1, 2222)].map((keys) => keys.length)).toEqual([
    1, 0, 0, 1,
  ]);
});

test('revoked keys and certificate authorities are told from keys', () => {
  const file = `@revoked * ${a.public}\n@cert-authority *.example.com ${b.public}\nhost.example.com ${b.public}\n`;
  const found = KnownHosts.parse(file).find(['host.example.com'], 22);
  expect(found).toEqual({ keys: [b.key], revoked: [a.key], unusable: [], hasAuthority: true });
});

test('lines that are no entries are passed over, and told', () => {
  const file = [
    `10.0.0.1 ${a.public}`,
    '10.0.0.1 ssh-ed25519',
    `@trusted 10.0.0.1 ${a.public}`,
    '10.0.0.1 ssh-ed25519 AAAA',
    `|2|xx|yy ${a.public}`,
    `10.0.0.1 ${b.public}`,
  ].join('\r\n');
  const hosts = KnownHosts.parse(file);
  expect(hosts.find(['10.0.0.1'], 22).keys).toEqual([a.key, b.key]);
  expect(hosts.faults).toEqual([
    { line: 2, reason: 'expected host names, a key type and a key' },
    { line: 3, reason: 'unknown marker @trusted' },
    { line: 4, reason: 'the key is not of type ssh-ed25519' },
    { line: 5, reason: 'the hashed host name is malformed' },
  ]);
});

test('no text makes the parser fail, nor a host be known by chance', () => {
  const word = fc.constantFrom(
    '@revoked',
    '|1|',
    '*',
    '!',
    ',',
    ' ',
    '\t',
    '\n',
    '[',
    ']:22',
    'ssh-ed25519',
    'AAAA',
    '=',
  );
  const text = fc
    .array(fc.oneof(word, fc.string({ maxLength: 5 })), { maxLength: 30 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.string(), (file, host) => {
      expect(KnownHosts.parse(file).find([host], 22)).toMatchObject({
        keys: [],
        revoked: [],
        hasAuthority: false,
      });
    }),
  );
});

test('a pattern matches as the same regular expression would, and in no time', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(pattern, letters, (glob, host) => {
      const expression = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
      const expected = new RegExp(`^${expression}$`).test(host) ? 'a' : '';
      expect(keysOf(`${glob} ${a.public}`, host)).toBe(expected);
    }),
  );
  expect(keysOf(`${'*a'.repeat(2000)}b ${a.public}`, 'a'.repeat(4000))).toBe('');
});
