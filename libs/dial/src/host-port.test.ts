import { expect, test } from 'bun:test';
import { joinHostPort, splitHostPort } from './host-port.ts';

const pairs = [
  { text: '10.0.0.1:80', target: { host: '10.0.0.1', port: 80 } },
  { text: 'node-1:10250', target: { host: 'node-1', port: 10250 } },
  { text: '[fd00::1]:443', target: { host: 'fd00::1', port: 443 } },
];
for (const { text, target } of pairs)
  test(`${text} is joined, and split again`, () => {
    expect(joinHostPort(target)).toBe(text);
    expect(splitHostPort(text)).toEqual(target);
  });

for (const text of ['', 'node-1', ':80', 'node-1:', 'node-1:0', 'node-1:65536', 'fd00::1:443', '[a]b:1'])
  test(`${JSON.stringify(text)} is no host and port`, () => {
    expect(splitHostPort(text)).toBeUndefined();
  });
