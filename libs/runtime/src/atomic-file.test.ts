import { expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from './atomic-file.ts';

test('writes whole, with the mode asked for, and leaves nothing beside it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'atomic-'));
  try {
    const path = join(directory, 'deep', 'key.pem');
    writeFileAtomic(path, 'one', 0o600);
    writeFileAtomic(path, 'two', 0o600);
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(directory, 'deep'))).toEqual(['key.pem']);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
