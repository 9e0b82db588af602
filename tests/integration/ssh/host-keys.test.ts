import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@hawser/runtime';
import { eventuallyPasses } from '../../cluster/eventually.ts';
import { sshKeygen } from '../../cluster/required-tools.ts';
import { SshNode } from '../../cluster/ssh-node.ts';
import { SshRelay } from '../../cluster/ssh-relay.ts';
import { echoed, HOST, openTunnel, TargetServer, type TunnelFixture } from './tunnel-fixture.ts';

/** Who a tunnel believes, and whom it is believed by. */
let node: SshNode;
let stranger: SshNode;
let echo: TargetServer;

setDefaultTimeout(30_000);

beforeAll(async () => {
  [node, stranger, echo] = await Promise.all([SshNode.start(), SshNode.start(), TargetServer.echo()]);
});

afterAll(async () => {
  await echo?.[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
  await stranger?.[Symbol.asyncDispose]();
});

const open = (more: Partial<Parameters<typeof openTunnel>[0]>) =>
  openTunnel({ keyFile: node.keyFile, port: node.port, ...more });

async function expectEcho(tunnel: TunnelFixture): Promise<void> {
  const stream = await tunnel.dialer.dial(echo.target);
  expect(await echoed(stream, 'hello')).toBe('hello');
  stream.destroy();
}

async function expectRefused(tunnel: TunnelFixture, why: string | RegExp): Promise<void> {
  await expect(tunnel.dialer.dial(echo.target)).rejects.toThrow(why);
}

/** Writes a file among the node's, and returns its path. */
function written(name: string, text: string, mode?: number): string {
  const path = join(node.place.home, name);
  writeFileAtomic(path, text, mode);
  return path;
}

const fingerprintOf = (publicKey: string) => sshKeygen(['-l', '-f', '-'], publicKey).split(' ')[1]!;

describe('a host key', () => {
  test('that nobody knows is refused', async () => {
    await using tunnel = open({});
    await expectRefused(tunnel, `ssh: node "node-1" (${HOST}:${node.port}): its host key is not known`);
    expect(await tunnel.metric('hawser_ssh_tunnel_host_key_refused_total')).toBe('1');
  });

  test('that the node has published is believed, once it has', async () => {
    await using tunnel = open({});
    await expectRefused(tunnel, 'its host key is not known');
    tunnel.hostKeys = node.hostKey;
    await eventuallyPasses(() => expectEcho(tunnel));
  });

  test('that is in known_hosts is believed, whatever the node has published', async () => {
    const file = `[${HOST}]:${node.port} ${node.hostKey}\n`;
    await using tunnel = open({ knownHostsFile: written('known', file), hostKeys: stranger.hostKey });
    await expectEcho(tunnel);
  });

  test('that known_hosts contradicts is refused, whatever the node has published', async () => {
    const file = `[node-1]:${node.port} ${stranger.hostKey}\n`;
    await using tunnel = open({ knownHostsFile: written('contradicting', file), hostKeys: node.hostKey });
    const [shown, known] = [fingerprintOf(node.hostKey), fingerprintOf(stranger.hostKey)];
    await expectRefused(
      tunnel,
      `host key verification failed: it shows ssh-ed25519 ${shown}, known_hosts says ssh-ed25519 ${known}`,
    );
  });

  test('is found in a known_hosts whose names ssh-keygen has hashed', async () => {
    const path = written('hashed', `[${HOST}]:${node.port} ${node.hostKey}\n`);
    sshKeygen(['-H', '-f', path]);
    expect(readFileSync(path, 'utf8')).not.toContain(HOST);
    await using tunnel = open({ knownHostsFile: path });
    await expectEcho(tunnel);
  });

  test('that is revoked is refused', async () => {
    const file = `@revoked * ${node.hostKey}\n`;
    await using tunnel = open({ knownHostsFile: written('revoked', file), hostKeys: node.hostKey });
    await expectRefused(tunnel, 'every host key that its Node object has for it is revoked');
  });

  test('of each kind is asked for by its own algorithms, where the host has several', async () => {
    const files = ['ecdsa', 'rsa'].map((type) => {
      const path = join(node.place.home, `host-${type}`);
      sshKeygen(['-q', '-t', type, '-N', '', '-f', path]);
      return path;
    });
    await using several = await SshNode.start(files.map((file) => `HostKey ${file}\n`).join(''));
    const keys = [several.hostKey, ...files.map((file) => readFileSync(`${file}.pub`, 'utf8'))];
    for (const hostKeys of keys) {
      await using tunnel = openTunnel({ keyFile: several.keyFile, port: several.port, hostKeys });
      await expectEcho(tunnel);
    }
  });

  test('that is another now ends what goes through, and stops the node until it is known', async () => {
    await using tunnel = open({ hostKeys: node.hostKey });
    const stream = await tunnel.dialer.dial(echo.target);
    await echoed(stream, 'hello');
    tunnel.hostKeys = stranger.hostKey;
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.errored?.message).toContain('host key verification failed: it shows ssh-ed25519 ');
    await expectRefused(tunnel, 'host key verification failed');
    expect(await tunnel.metric('hawser_ssh_tunnel_up')).toBe('0');
    expect(await tunnel.metric('hawser_ssh_tunnel_host_key_refused_total')).not.toBe('0');
    tunnel.hostKeys = `${stranger.hostKey}\n${node.hostKey}`;
    await eventuallyPasses(() => expectEcho(tunnel));
  });

  test('that known_hosts takes back ends what goes through, without a restart', async () => {
    const path = written('changing', `[node-1]:${node.port} ${node.hostKey}\n`);
    await using tunnel = open({ knownHostsFile: path });
    const stream = await tunnel.dialer.dial(echo.target);
    await echoed(stream, 'hello');
    written('changing', `[node-1]:${node.port} ${stranger.hostKey}\n`);
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.errored?.message).toContain('known_hosts says ssh-ed25519');
    written('changing', `[node-1]:${node.port} ${node.hostKey}\n`);
    await eventuallyPasses(() => expectEcho(tunnel));
  });
});

test('a man in the middle with an sshd of his own is refused, and learns of nothing', async () => {
  await using relay = await SshRelay.start({ host: HOST, port: stranger.port });
  await using tunnel = open({ host: '127.0.0.1', port: relay.port, hostKeys: node.hostKey });
  await expectRefused(tunnel, 'host key verification failed');
  // No login was tried: the key of the hub was not shown to him.
  expect(stranger.sshd.log()).not.toMatch(/publickey for/);
  relay.target = { host: HOST, port: node.port };
  await eventuallyPasses(() => expectEcho(tunnel));
});

describe("the hub's own key", () => {
  test('that sshd does not know is told as that', async () => {
    await using tunnel = open({ keyFile: stranger.keyFile, hostKeys: node.hostKey });
    await expectRefused(tunnel, /user ".*" is not let in with the key of --ssh-keyfile/);
  });

  test('is read anew for each connection: another takes effect without a restart', async () => {
    const path = written('rotating', readFileSync(stranger.keyFile, 'utf8'), 0o600);
    await using tunnel = open({ keyFile: path, hostKeys: node.hostKey });
    await expectRefused(tunnel, 'is not let in');
    written('rotating', readFileSync(node.keyFile, 'utf8'), 0o600);
    await eventuallyPasses(() => expectEcho(tunnel));
  });

  test('that others may read is not used', () => {
    const readable = written('readable', readFileSync(node.keyFile, 'utf8'), 0o644);
    expect(() => open({ keyFile: readable, hostKeys: node.hostKey })).toThrow(
      'permissions 0644 are too open',
    );
  });
});

test('another user than the one that the key is for is not let in', async () => {
  await using tunnel = open({ user: 'nobody-of-that-name', hostKeys: node.hostKey });
  await expectRefused(tunnel, 'user "nobody-of-that-name" is not let in');
});
