import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSshHostKeys } from './ssh-host-keys.ts';

const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFoWgoXip2ApLhsaelptNq2MCj4OTfKz8iN2NyARV1nr';
const ECDSA = 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA==';

function withFiles(texts: readonly string[], use: (paths: string[]) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'hawser-host-keys-'));
  const paths = texts.map((text, index) => {
    const path = join(directory, `key-${index}.pub`);
    writeFileSync(path, text);
    return path;
  });
  try {
    use(paths);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('keys are a line each, without what their comments say of the machine', () => {
  withFiles([`${ED25519} root@build-host\n`, `# comment\n${ECDSA}\n`], (paths) => {
    expect(readSshHostKeys(paths)).toBe(`${ED25519}\n${ECDSA}`);
  });
});

test('without files there is nothing to publish', () => {
  expect(readSshHostKeys([])).toBeUndefined();
});

test('a private key is never published, nor anything else', () => {
  const privateKey =
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----\n';
  for (const text of [privateKey, `${ED25519}\nssh-ed25519`, '', '\n# nothing\n'])
    withFiles([text], (paths) =>
      expect(() => readSshHostKeys(paths)).toThrow(/holds (something that is )?no public key/),
    );
});
