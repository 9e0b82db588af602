import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coverOptions, privateDirectories } from './private-directories.ts';

let usr: string;
let home: string;
let node: string;
beforeEach(() => {
  usr = realpathSync(mkdtempSync(join(tmpdir(), 'usr-')));
  home = join(usr, 'local/hawser');
  node = join(home, 'nodes/n1');
  mkdirSync(node, { recursive: true });
});
afterEach(() => rmSync(usr, { recursive: true }));

const cover = (path: string) => ['--tmpfs', path, '--remount-ro', path];

describe('what is private', () => {
  test('is the kubelet’s, and the state directory around it', () => {
    expect(privateDirectories('/x/nodes/n1', '/c')).toEqual(['/x/nodes/n1', '/c', '/x']);
    expect(privateDirectories('/var/lib/kubelet', '/c')).toEqual(['/var/lib/kubelet', '/c']);
  });

  test('is covered where containers would see it, once', () => {
    expect(coverOptions([usr], privateDirectories(node, join(node, 'pki')))).toEqual(cover(home));
    expect(coverOptions([usr], [node])).toEqual(cover(node));
    expect(coverOptions(['/elsewhere', `${usr}x`], [node, home])).toEqual([]);
  });

  test('is covered where it really lies', () => {
    const link = mkdtempSync(join(tmpdir(), 'link-'));
    symlinkSync(node, join(link, 'node'));
    expect(coverOptions([usr], [join(link, 'node')])).toEqual(cover(node));
    rmSync(link, { recursive: true });
  });

  test('does not take the bound path itself away', () => {
    expect(coverOptions([usr], [usr, node])).toEqual(cover(node));
  });
});
