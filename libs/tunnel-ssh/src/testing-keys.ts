import { generateKeyPairSync } from 'node:crypto';
import { utils } from 'ssh2';
import { generateSshKeyPair } from './generate-key-pair.ts';
import { type HostKey, parsePublicKeys } from './host-key.ts';

/** A key pair of a host, for tests: `public` as in a `.pub` file. */
export function hostKeyPair(type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519'): { public: string; key: HostKey } {
  const pair =
    type === 'ed25519'
      ? generateSshKeyPair()
      : utils.generateKeyPairSync(type as never, { bits: type === 'rsa' ? 2048 : 256 } as never);
  return { public: pair.public, key: parsePublicKeys(pair.public)[0]! };
}

/** An RSA public key that is too short to be used. */
export function shortRsaKey(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const mpint = (value: string) => field(Buffer.concat([Buffer.of(0), Buffer.from(value, 'base64url')]));
  const blob = Buffer.concat([field(Buffer.from('ssh-rsa')), field(Buffer.from(e!, 'base64url')), mpint(n!)]);
  return blob.toString('base64');
}

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
