import { readFileSync } from 'node:fs';

/** Where the API server looks for the host keys of the node's sshd, a line each. */
export const SSH_HOST_KEY = 'hawser.dev/ssh-host-key';

/**
 * Reads public keys from files such as `/etc/ssh/ssh_host_ed25519_key.pub`, without their comments.
 * @returns a line for each key; undefined where no files are named.
 * @throws Error where a file cannot be read, or holds something else: a private key must not be published.
 */
export function readSshHostKeys(paths: readonly string[]): string | undefined {
  if (paths.length === 0) return undefined;
  return paths.flatMap(readKeys).join('\n');
}

function readKeys(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  const keys = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length === 0) throw new Error(`${path} holds no public key`);
  return keys.map((key) => {
    const match = /^((?:ssh|ecdsa)-[a-z0-9-]+ AAAA[A-Za-z0-9+/]+=*)(?:\s.*)?$/.exec(key);
    if (match === null) throw new Error(`${path} holds something that is no public key`);
    return match[1]!;
  });
}
