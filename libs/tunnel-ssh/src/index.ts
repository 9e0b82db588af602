export { generateSshKeyPair, type SshKeyPair } from './generate-key-pair.ts';
export {
  fingerprint,
  type HostKey,
} from './host-key.ts';
export { PrivateKeyError, readPrivateKey } from './private-key.ts';
export { SshDialer, type SshDialerOptions, type SshNode } from './ssh-dialer.ts';
