import { expect, test } from 'bun:test';
import { forTerminal } from './for-terminal.ts';

test('nothing that others wrote breaks a line or moves the cursor', () => {
  expect(forTerminal('a\nagent.connected b\r\t\u001b[2J\u009b2J\u202e\u2028\u007f')).toBe(
    'a\\u000aagent.connected b\\u000d\\u0009\\u001b[2J\\u009b2J\\u202e\\u2028\\u007f',
  );
});

test('other text stays as it is, and JSON means what it did', () => {
  expect(forTerminal('pods/wéb "ü" 日本')).toBe('pods/wéb "ü" 日本');
  const value = { agentID: 'x\u009b\u2028\n' };
  expect(JSON.parse(forTerminal(JSON.stringify(value)))).toEqual(value);
});
