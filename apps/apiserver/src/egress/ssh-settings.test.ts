import { expect, test } from 'bun:test';
import { type SshFlags, sshSettings } from './ssh-settings.ts';

const none: SshFlags = {
  sshUser: undefined,
  sshKeyfile: undefined,
  sshPort: undefined,
  sshKnownHostsFile: undefined,
};

test('takes the port of sshd where none is given', () => {
  const faults: string[] = [];
  const flags = { ...none, sshUser: 'hub', sshKeyfile: '/k' };
  expect(sshSettings(flags, faults)).toEqual({ user: 'hub', keyfile: '/k', port: 22 });
  expect(sshSettings({ ...flags, sshPort: 2222, sshKnownHostsFile: '/h' }, faults)).toEqual({
    user: 'hub',
    keyfile: '/k',
    port: 2222,
    knownHostsFile: '/h',
  });
  expect(sshSettings(none, faults)).toBeUndefined();
  expect(faults).toEqual([]);
});

const contradictions: { name: string; flags: Partial<SshFlags>; says: string }[] = [
  { name: 'a user without a key', flags: { sshUser: 'hub' }, says: '--ssh-user without --ssh-keyfile' },
  { name: 'a key without a user', flags: { sshKeyfile: '/k' }, says: '--ssh-keyfile without --ssh-user' },
  { name: 'a port without tunnels', flags: { sshPort: 22 }, says: '--ssh-port without --ssh-user' },
  {
    name: 'host keys without tunnels',
    flags: { sshKnownHostsFile: '/h' },
    says: '--ssh-known-hosts-file without --ssh-user',
  },
  { name: 'an empty user', flags: { sshUser: '', sshKeyfile: '/k' }, says: '--ssh-user is empty' },
  { name: 'an empty key', flags: { sshUser: 'hub', sshKeyfile: '' }, says: '--ssh-keyfile is empty' },
  {
    name: 'an empty known_hosts',
    flags: { sshUser: 'hub', sshKeyfile: '/k', sshKnownHostsFile: '' },
    says: '--ssh-known-hosts-file is empty',
  },
  {
    name: 'a port that is none',
    flags: { sshUser: 'hub', sshKeyfile: '/k', sshPort: 65_536 },
    says: 'invalid value "65536" for --ssh-port',
  },
];
for (const { name, flags, says } of contradictions)
  test(`refuses ${name}`, () => {
    const faults: string[] = [];
    sshSettings({ ...none, ...flags }, faults);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toStartWith(says);
  });
