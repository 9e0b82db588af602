import { createHash } from 'node:crypto';

/** A public key by which a host is known. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` …, as in key files. */
  readonly type: string;
  /** The key as it travels (RFC 4253, section 6.6). */
  readonly blob: Buffer;
}

/** Why a text is no key that a host could be known by. */
export class HostKeyFormatError extends Error {
  override name = 'HostKeyFormatError';
}

/** With which signatures a key of each type proves itself; those over SHA-1 are not among them. */
const ALGORITHMS = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const;

type KeyType = keyof typeof ALGORITHMS;
export type HostKeyAlgorithm = (typeof ALGORITHMS)[KeyType][number];

const MIN_RSA_BITS = 2048;

/**
 * Reads a key from the two words of a key file or known_hosts line.
 * @throws HostKeyFormatError where they are no key, contradict each other, or the key is of a kind that is not used.
 */
export function parseHostKey(type: string, base64: string): HostKey {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new HostKeyFormatError('the key is not base64');
  const blob = Buffer.from(base64, 'base64');
  if (typeOf(blob) !== type) throw new HostKeyFormatError(`the key is not of type ${type}`);
  if (!Object.hasOwn(ALGORITHMS, type)) throw new HostKeyFormatError(`keys of type ${type} are not used`);
  if (type === 'ssh-rsa' && rsaBits(blob) < MIN_RSA_BITS)
    throw new HostKeyFormatError(`RSA keys of fewer than ${MIN_RSA_BITS} bits are not used`);
  return { type, blob };
}

/**
 * Reads a text of public keys, one a line, as in `ssh_host_ed25519_key.pub`; empty lines and comments are left out.
 * @throws HostKeyFormatError for the first line that is no key.
 */
export function parsePublicKeys(text: string): HostKey[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [type = '', base64 = ''] = line.split(/[ \t]+/);
      return parseHostKey(type, base64);
    });
}

/** The algorithms to offer to a host, so that it shows one of these keys and no other. */
export function algorithmsOf(keys: readonly HostKey[]): HostKeyAlgorithm[] {
  return [...new Set(keys.flatMap(({ type }) => ALGORITHMS[type as KeyType] ?? []))];
}

/** `ssh-ed25519 SHA256:…`, as `ssh-keygen -l` prints it. A type that is not used is not repeated: a host may write there what it likes. */
export function fingerprint(blob: Buffer): string {
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  const type = typeOf(blob) ?? '';
  return `${Object.hasOwn(ALGORITHMS, type) ? type : 'unknown'} SHA256:${digest}`;
}

/** The first field of a key, its type. */
function typeOf(blob: Buffer): string | undefined {
  return field(blob, 0)?.value.toString('latin1');
}

/** The length of an RSA modulus: the third field, after type and exponent. */
function rsaBits(blob: Buffer): number {
  const exponent = field(blob, field(blob, 0)?.end ?? 0);
  const modulus = field(blob, exponent?.end ?? 0)?.value ?? Buffer.alloc(0);
  const first = modulus.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (modulus.length - first) * 8 - (Math.clz32(modulus[first]!) - 24);
}

function field(blob: Buffer, start: number): { value: Buffer; end: number } | undefined {
  if (start + 4 > blob.length) return undefined;
  const end = start + 4 + blob.readUInt32BE(start);
  return end > blob.length ? undefined : { value: blob.subarray(start + 4, end), end };
}
