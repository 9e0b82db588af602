import { expect, test } from 'bun:test';
import { countTests } from './steps.ts';

test('counts what bun prints, colours included', () => {
  const output =
    '\n\u001b[32m 70 pass\u001b[0m\n 2 skip\n 1 todo\n\u001b[31m 6 fail\u001b[0m\n 1188 expect() calls\n';
  expect(countTests(output, 1)).toEqual({ passed: 70, failed: 6, skipped: 3 });
});

test('a step that fails without counting tests is one failure', () => {
  expect(countTests('src/a.ts(1,1): error TS2322', 2)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countTests('fine', 0)).toEqual({ passed: 0, failed: 0, skipped: 0 });
});
