export { type Certificate, isIssuedBy, parseCertificate, parseCertificateBundle } from './certificate.ts';
export {
  type CertificateAuthority,
  type CreateCertificateAuthorityInput,
  createCertificateAuthority,
  loadCertificateAuthority,
  matchesKey,
} from './certificate-authority.ts';
export {
  type CreateCertificateRequestInput,
  createCertificateRequest,
} from './create-certificate-request.ts';
export type { DistinguishedName, DistinguishedNameInput } from './distinguished-name.ts';
export type { Extension } from './extensions.ts';
export {
  encodePrivateKey,
  encodePublicKey,
  generateKeyPair,
  type KeyPair,
  type KeyPairKind,
  loadKeyPair,
  loadPublicKeys,
  readPublicKey,
} from './key-pair.ts';
export { assertRsaSize, describeKey, type KeyDescription } from './key-strength.ts';
export { type CertificateRequest, parseCertificateRequest } from './parse-certificate-request.ts';
export { decodePem, encodePem, type PemBlock } from './pem.ts';
export { PkiError } from './pki-error.ts';
export { type SignCertificateInput, signCertificate } from './sign-certificate.ts';
export { spkiHash } from './spki-hash.ts';
export type { SubjectAlternativeNames, SubjectAlternativeNamesInput } from './subject-alternative-names.ts';
export type { ExtendedKeyUsage, KeyUsage, Usage } from './usages.ts';
