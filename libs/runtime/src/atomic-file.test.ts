import { expect, test } from 'bun:test';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
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

test('leaves a file to its owner, also where root writes it anew', () => {
  const directory = mkdtempSync(join(tmpdir(), 'atomic-'));
  // Whoever is not root can give nothing away, and owns what it writes.
  const owner = process.getuid!() === 0 ? 12_345 : process.getuid!();
  try {
    const path = join(directory, 'key.pem');
    writeFileAtomic(path, 'one', 0o600);
    expect(statSync(path).uid).toBe(process.getuid!());
    chownSync(path, owner, process.getgid!());
    writeFileAtomic(path, 'two', 0o600);
    expect(statSync(path).uid).toBe(owner);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
