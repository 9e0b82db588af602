import type { Socket } from 'node:net';
import { peerText } from '@hawser/dial';
import type { Client } from 'ssh2';
import { algorithmsOf } from './host-key.ts';
import { checkHostKey, HostKeyError, type HostTrust } from './host-trust.ts';

/** Nothing weaker than what OpenSSH of ten years ago has. AES-GCM goes through node:crypto, and is fastest. */
const ALGORITHMS = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group14-sha256',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
} as const;

/** A silent host is asked so often whether it is there. */
const PING_MS = 1_500;

export interface Login {
  readonly user: string;
  /** The private key's text. */
  readonly privateKey: string;
  /** The keys of which the host must show one. */
  readonly trust: HostTrust;
}

/**
 * Verifies the host's key, and logs in by public key.
 * @returns the key that the host has shown.
 * @throws HostKeyError when it is another than it should be; Error when it does not let us in; the signal's reason.
 */
export function logIn(
  client: Client,
  socket: Socket,
  { user, privateKey, trust }: Login,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let shown: Buffer = Buffer.alloc(0);
    const onAbort = () => reject(signal.reason);
    const settled = () => {
      signal.removeEventListener('abort', onAbort);
      client.off('error', failed).off('close', ended);
    };
    const failed = (error: Error) => {
      settled();
      reject(loginFailure(error, user));
    };
    const ended = () => failed(new Error('the host has closed the connection before the login'));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('error', failed).on('close', ended);
    client.once('ready', () => {
      settled();
      resolve(shown);
    });
    const hostVerifier = (blob: Buffer) => {
      try {
        // Asked again at every key exchange: keys are renewed under way.
        checkHostKey(blob, trust);
        shown = blob;
        return true;
      } catch (error) {
        failed(error as Error);
        return false;
      }
    };
    client.connect({
      sock: socket,
      ident: 'hawser',
      username: user,
      privateKey,
      authHandler: ['publickey'],
      algorithms: { ...ALGORITHMS, serverHostKey: algorithmsOf(trust.keys) } as never,
      hostVerifier,
      readyTimeout: 0,
      keepaliveInterval: PING_MS,
      // Who is silent for too long is noticed below, by any byte and not by answers alone.
      keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    });
  });
}

function loginFailure(error: Error, user: string): Error {
  if (error instanceof HostKeyError) return error;
  const { level } = error as { level?: string };
  // It may be the host's own words, and as many of them as it likes.
  if (level !== 'client-authentication') return new Error(peerText(error.message));
  return new Error(`user ${JSON.stringify(user)} is not let in with the key of --ssh-keyfile`, {
    cause: error,
  });
}
