import { fingerprint, type HostKey, HostKeyFormatError, parsePublicKeys } from './host-key.ts';
import type { KnownHost, KnownHosts } from './known-hosts.ts';

/** Why a host is not believed to be the one it should be. */
export class HostKeyError extends Error {
  override name = 'HostKeyError';
}

/** The keys of which a host must show one, and who says so. */
export interface HostTrust {
  readonly keys: readonly HostKey[];
  readonly source: 'known_hosts' | 'its Node object';
  /** Keys that nobody may show, whoever vouches for them. */
  readonly revoked: readonly HostKey[];
}

export interface HostTrustInput {
  /** The names of the host in known_hosts: its node's, and the address that is dialled. */
  readonly names: readonly string[];
  readonly port: number;
  readonly knownHosts: KnownHosts | undefined;
  /** What the node published, lines as in `ssh_host_ed25519_key.pub`. */
  readonly published: string | undefined;
}

const NOT_LISTED: KnownHost = { keys: [], revoked: [], unusable: [], hasAuthority: false };

/**
 * Which keys a host may show: those of known_hosts if it has any, else those that the node published.
 * @throws HostKeyError where there are none: nothing is believed at first sight.
 */
export function hostTrust({ names, port, knownHosts, published }: HostTrustInput): HostTrust {
  const known = knownHosts?.find(names, port) ?? NOT_LISTED;
  const { revoked } = known;
  if (known.keys.length > 0)
    return { keys: notRevoked(known.keys, revoked, 'known_hosts'), source: 'known_hosts', revoked };
  if (known.hasAuthority)
    throw new HostKeyError(
      'known_hosts has a @cert-authority for it and no key: host certificates are not supported',
    );
  if (known.unusable.length > 0)
    throw new HostKeyError(`known_hosts has no key for it that can be used: ${known.unusable.join(', ')}`);
  if (published === undefined || published.trim() === '')
    throw new HostKeyError(
      'its host key is not known: it is not in known_hosts, and its Node has no annotation hawser.dev/ssh-host-key',
    );
  const keys = notRevoked(publishedKeys(published), revoked, 'its Node object');
  return { keys, source: 'its Node object', revoked };
}

/** @throws HostKeyError where a host shows a key that is not one of those that it must show. */
export function checkHostKey(blob: Buffer, { keys, source, revoked }: HostTrust): void {
  if (revoked.some((key) => key.blob.equals(blob)))
    throw new HostKeyError(`host key ${fingerprint(blob)} is revoked`);
  if (keys.some((key) => key.blob.equals(blob))) return;
  const expected = keys.map((key) => fingerprint(key.blob)).join(', ');
  throw new HostKeyError(
    `host key verification failed: it shows ${fingerprint(blob)}, ${source} says ${expected}`,
  );
}

function publishedKeys(text: string): HostKey[] {
  try {
    return parsePublicKeys(text);
  } catch (error) {
    if (!(error instanceof HostKeyFormatError)) throw error;
    throw new HostKeyError(`the annotation hawser.dev/ssh-host-key of its Node: ${error.message}`);
  }
}

function notRevoked(keys: readonly HostKey[], revoked: readonly HostKey[], source: string): HostKey[] {
  const left = keys.filter((key) => !revoked.some(({ blob }) => blob.equals(key.blob)));
  if (left.length === 0) throw new HostKeyError(`every host key that ${source} has for it is revoked`);
  return left;
}
