import { expect, test } from 'bun:test';
import { peerText } from './peer-text.ts';

const cases = [
  { name: 'leaves alone what is one line', text: 'dial tcp: refused', shown: 'dial tcp: refused' },
  { name: 'takes out what a terminal obeys', text: 'a\u001b[2Jb\u009b1mc', shown: 'a [2Jb 1mc' },
  { name: 'makes one line of several', text: 'no\r\n{"level":"info"}\n', shown: 'no {"level":"info"}' },
  { name: 'tells no more than is read', text: 'x'.repeat(300_000), shown: `${'x'.repeat(256)}…` },
];
for (const { name, text, shown } of cases) test(name, () => expect(peerText(text)).toBe(shown));
