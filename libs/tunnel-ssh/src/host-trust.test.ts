import { describe, expect, test } from 'bun:test';
import { fingerprint } from './host-key.ts';
import { checkHostKey, HostKeyError, hostTrust } from './host-trust.ts';
import { KnownHosts } from './known-hosts.ts';
import { hostKeyPair } from './testing-keys.ts';

const listed = hostKeyPair();
const published = hostKeyPair();
const stranger = hostKeyPair();

const trust = (knownHosts: string | undefined, annotation?: string) =>
  hostTrust({
    names: ['node-1', '10.0.0.1'],
    port: 22,
    knownHosts: knownHosts === undefined ? undefined : KnownHosts.parse(knownHosts),
    published: annotation,
  });

test('what known_hosts says counts, whatever the node has published', () => {
  const { keys, source } = trust(`node-1 ${listed.public}`, published.public);
  expect({ keys, source }).toEqual({ keys: [listed.key], source: 'known_hosts' });
});

test('what the node has published counts where known_hosts says nothing of it', () => {
  const { keys, source } = trust(`node-2 ${listed.public}`, published.public);
  expect({ keys, source }).toEqual({ keys: [published.key], source: 'its Node object' });
});

test('a known key is taken, another is not, and both fingerprints are named', () => {
  const known = trust(undefined, published.public);
  checkHostKey(published.key.blob, known);
  expect(() => checkHostKey(stranger.key.blob, known)).toThrow(
    `host key verification failed: it shows ${fingerprint(stranger.key.blob)}, its Node object says ${fingerprint(published.key.blob)}`,
  );
});

test('a key that is shown and revoked is called so', () => {
  const known = trust(`@revoked * ${stranger.public}`, published.public);
  expect(() => checkHostKey(stranger.key.blob, known)).toThrow(
    `host key ${fingerprint(stranger.key.blob)} is revoked`,
  );
});

describe('nothing is believed', () => {
  const cases = [
    { name: 'without any key', file: undefined, published: undefined, why: 'its host key is not known' },
    { name: 'with an empty annotation', file: '', published: ' \n', why: 'its host key is not known' },
    {
      name: 'of an annotation that is no key',
      file: undefined,
      published: 'ssh-ed25519 AAAA',
      why: 'the annotation hawser.dev/ssh-host-key of its Node: the key is not of type ssh-ed25519',
    },
    {
      name: 'of a host for which an authority is to vouch',
      file: `@cert-authority * ${listed.public}`,
      published: published.public,
      why: 'host certificates are not supported',
    },
    {
      name: 'of a host whose listed key cannot be used, whatever it has published',
      file: 'node-1 ssh-dss AAAAB3NzaC1kc3M=',
      published: published.public,
      why: 'known_hosts has no key for it that can be used: keys of type ssh-dss are not used',
    },
    {
      name: 'of a published key that is revoked',
      file: `@revoked * ${published.public}`,
      published: published.public,
      why: 'every host key that its Node object has for it is revoked',
    },
    {
      name: 'of a listed key that is revoked',
      file: `node-1 ${listed.public}\n@revoked node-1 ${listed.public}`,
      published: published.public,
      why: 'every host key that known_hosts has for it is revoked',
    },
  ];
  for (const { name, file, published: annotation, why } of cases)
    test(name, () => {
      expect(() => trust(file, annotation)).toThrow(why);
      expect(() => trust(file, annotation)).toThrow(HostKeyError);
    });
});
