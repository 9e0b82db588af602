import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAMS } from './services.ts';

const root = join(import.meta.dir, '..');
const units = join(root, 'deploy/systemd');
const reference = readFileSync(join(root, 'docs/reference/flags.md'), 'utf8');

describe('the units of deploy/systemd', () => {
  for (const file of readdirSync(units)) {
    const unit = readFileSync(join(units, file), 'utf8');
    test(`${file} starts an executable that is built`, () => {
      const [, program] = /^ExecStart=\/usr\/local\/bin\/(\S+)/m.exec(unit) ?? [];
      expect(Object.values(PROGRAMS).map(({ executable }) => executable)).toContain(program!);
    });

    test(`${file} has only flags that there are`, () => {
      const flags = unit.replace(/^#.*$/gm, '').match(/(?<= )--[a-z-]+/g) ?? [];
      expect(flags).not.toBeEmpty();
      expect(flags.filter((flag) => !reference.includes(`  ${flag} `))).toEqual([]);
    });
  }
});
