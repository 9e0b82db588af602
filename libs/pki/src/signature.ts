import { type KeyObject, sign, verify } from 'node:crypto';
import {
  bitString,
  type DerNode,
  encodeDer,
  membersOf,
  nullValue,
  oid,
  oidOf,
  sequence,
  Tag,
} from './der.ts';
import { describeKey } from './key-strength.ts';
import { Oid } from './oid.ts';
import { PkiError } from './pki-error.ts';

interface SignatureAlgorithm {
  readonly oid: string;
  readonly family: 'ECDSA' | 'RSA' | 'Ed25519';
  /** Null where the scheme hashes by itself. */
  readonly digest: string | null;
}

/** SHA-1 and MD5 are left out on purpose: a signature made with them proves nothing. */
const ALGORITHMS: readonly SignatureAlgorithm[] = [
  { oid: Oid.ecdsaWithSha256, family: 'ECDSA', digest: 'sha256' },
  { oid: Oid.ecdsaWithSha384, family: 'ECDSA', digest: 'sha384' },
  { oid: Oid.ecdsaWithSha512, family: 'ECDSA', digest: 'sha512' },
  { oid: Oid.sha256WithRsa, family: 'RSA', digest: 'sha256' },
  { oid: Oid.sha384WithRsa, family: 'RSA', digest: 'sha384' },
  { oid: Oid.sha512WithRsa, family: 'RSA', digest: 'sha512' },
  { oid: Oid.ed25519, family: 'Ed25519', digest: null },
];

/** The scheme that a key signs with: the hash as strong as the curve, SHA-256 for RSA. */
function algorithmFor(publicKey: KeyObject): SignatureAlgorithm {
  const { algorithm: family, sizeBits } = describeKey(publicKey);
  const digest =
    family === 'Ed25519' ? null : sizeBits === 384 ? 'sha384' : sizeBits === 521 ? 'sha512' : 'sha256';
  return ALGORITHMS.find((each) => each.family === family && each.digest === digest)!;
}

/** The AlgorithmIdentifier of signatures that this key makes; RSA's carries a NULL, RFC 4055 section 5. */
export function signatureAlgorithmOf(publicKey: KeyObject): DerNode {
  const algorithm = algorithmFor(publicKey);
  return algorithm.family === 'RSA'
    ? sequence(oid(algorithm.oid), nullValue())
    : sequence(oid(algorithm.oid));
}

/** `SEQUENCE { toBeSigned, algorithm, signature }`, the outer form of certificates and requests. */
export function signDer(toBeSigned: DerNode, key: { privateKey: KeyObject; publicKey: KeyObject }): Buffer {
  const { digest } = algorithmFor(key.publicKey);
  const signature = sign(digest, encodeDer(toBeSigned), key.privateKey);
  return encodeDer(sequence(toBeSigned, signatureAlgorithmOf(key.publicKey), bitString(signature)));
}

/**
 * Whether `signature` over `signedBytes` was made by the key, with the scheme that the AlgorithmIdentifier
 * node names. Throws `PkiError` for a scheme that is unknown, too weak, or of another family than the key.
 */
export function verifySignature(
  algorithmNode: DerNode | undefined,
  signedBytes: Uint8Array,
  signature: Uint8Array,
  publicKey: KeyObject,
): boolean {
  const members = membersOf(algorithmNode, Tag.sequence, 'signature algorithm');
  const name = oidOf(members[0], 'signature algorithm');
  const algorithm = ALGORITHMS.find((each) => each.oid === name);
  if (!algorithm) throw new PkiError(`signature algorithm ${name} is not supported`);
  const family = describeKey(publicKey).algorithm;
  if (family !== algorithm.family) {
    throw new PkiError(`signature algorithm is for ${algorithm.family}, the key is ${family}`);
  }
  return verify(algorithm.digest, signedBytes, publicKey, signature);
}
