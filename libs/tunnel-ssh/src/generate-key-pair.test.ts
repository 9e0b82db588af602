import { expect, test } from 'bun:test';
import { utils } from 'ssh2';
import { generateSshKeyPair } from './generate-key-pair.ts';

test('every pair can be read, the private half and the public one', () => {
  // Of so many, four that ssh2 makes by itself cannot be read, on average; the chance that none is: 2%.
  for (let number = 0; number < 1_000; number += 1) {
    const pair = generateSshKeyPair('hub');
    for (const text of [pair.private, pair.public]) expect(utils.parseKey(text)).not.toBeInstanceOf(Error);
  }
});

test('a comment says whose it is', () => {
  expect(generateSshKeyPair('hub').public).toEndWith(' hub');
});
