import { expect, test } from 'bun:test';
import { alignColumns } from '../table/align-columns.ts';
import { forTerminal, linesForTerminal } from './for-terminal.ts';

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

test('an error may have lines, none of which looks like another error', () => {
  expect(linesForTerminal('no\nhawser: all is well\x1b[8m')).toBe('no\n  hawser: all is well\\u001b[8m');
});

test('a cell of a table stays in its row', () => {
  expect(alignColumns([['DESCRIPTION'], ['x\n\x1b[1Ay']])).toBe('DESCRIPTION\nx\\u000a\\u001b[1Ay\n');
});
