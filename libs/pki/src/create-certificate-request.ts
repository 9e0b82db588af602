import { type DerNode, decodeDer, integer, oid, sequence, setOf, tagged } from './der.ts';
import { type DistinguishedNameInput, encodeName } from './distinguished-name.ts';
import { encodeExtension } from './extensions.ts';
import { exportSpki } from './key-identifier.ts';
import type { KeyPair } from './key-pair.ts';
import { assertStrongKey } from './key-strength.ts';
import { Oid } from './oid.ts';
import { encodePem } from './pem.ts';
import { signDer } from './signature.ts';
import { encodeAlternativeNames, type SubjectAlternativeNamesInput } from './subject-alternative-names.ts';

export interface CreateCertificateRequestInput extends SubjectAlternativeNamesInput {
  readonly keyPair: KeyPair;
  readonly subject: DistinguishedNameInput;
}

/**
 * A PKCS#10 request (RFC 2986) signed by its own key, as PEM. Usages are not part of it: Kubernetes asks for
 * them in the CertificateSigningRequest object. Throws `PkiError` for weak keys and names that cannot be written.
 */
export function createCertificateRequest(input: CreateCertificateRequestInput): string {
  assertStrongKey(input.keyPair.publicKey);
  const names = encodeAlternativeNames(input);
  const info = sequence(
    integer(0),
    encodeName(input.subject),
    decodeDer(exportSpki(input.keyPair.publicKey), 'public key'),
    tagged(0, ...(names ? [extensionRequest(names)] : [])),
  );
  return encodePem('CERTIFICATE REQUEST', signDer(info, input.keyPair));
}

/** The attribute of RFC 2985 section 5.4.2 that carries the extensions asked for. */
function extensionRequest(names: DerNode): DerNode {
  const extensions = sequence(encodeExtension(Oid.subjectAltName, false, names));
  return sequence(oid(Oid.extensionRequest), setOf(extensions));
}
