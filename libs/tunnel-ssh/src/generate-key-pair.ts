import { utils } from 'ssh2';

/** A key pair as OpenSSH keeps it in two files. */
export interface SshKeyPair {
  readonly private: string;
  /** A line, as in a `.pub` file. */
  readonly public: string;
}

/**
 * A new Ed25519 key pair. ssh2 1.17 takes a leading zero for padding, where it is a part of the public key: one pair in
 * 256 is such that neither ssh2 nor OpenSSH can read it. Those are not given out.
 */
export function generateSshKeyPair(comment = ''): SshKeyPair {
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519', { comment });
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
