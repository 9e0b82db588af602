import { type Infer, list, map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { certificateSigningRequestColumns } from './certificate-signing-request-columns.ts';

export const CertificateSigningRequestSpec = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequestSpec',
  'What certificate is asked for, and by whom; fixed once made.',
  {
    request: one('bytes', 1, 'The PKCS #10 request, as PEM.', { required: true }),
    signerName: one('string', 7, 'Who is asked to sign, as `domain/path`.', { required: true }),
    expirationSeconds: one('int32', 8, 'Lifetime asked for; at least ten minutes.', { keepsZero: true }),
    usages: list('string', 5, 'Key usages asked for.', {
      enum: [
        'any',
        'cert sign',
        'client auth',
        'code signing',
        'content commitment',
        'crl sign',
        'data encipherment',
        'decipher only',
        'digital signature',
        'email protection',
        'encipher only',
        'ipsec end system',
        'ipsec tunnel',
        'ipsec user',
        'key agreement',
        'key encipherment',
        'microsoft sgc',
        'netscape sgc',
        'ocsp signing',
        's/mime',
        'server auth',
        'signing',
        'timestamping',
      ],
    }),
    username: one('string', 2, 'Who asked; set by the server.'),
    uid: one('string', 3, 'UID of who asked; set by the server.'),
    groups: list('string', 4, 'Groups of who asked; set by the server.'),
    extra: map('stringList', 6, 'Further attributes of who asked; set by the server.'),
  },
);
export interface CertificateSigningRequestSpec extends Infer<typeof CertificateSigningRequestSpec> {}

export const CertificateSigningRequestCondition = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequestCondition',
  'A step in the life of a request.',
  {
    type: one('string', 1, 'Approved, Denied or Failed.', { required: true }),
    status: one('string', 6, 'True; for Approved and Denied nothing else.', { required: true }),
    reason: one('string', 2, 'Why, in one word.'),
    message: one('string', 3, 'Why, in words for people.'),
    lastUpdateTime: one('time', 4, 'When it was last touched.'),
    lastTransitionTime: one('time', 5, 'When the status last changed.'),
  },
);
export interface CertificateSigningRequestCondition
  extends Infer<typeof CertificateSigningRequestCondition> {}

export const CertificateSigningRequestStatus = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequestStatus',
  'What became of a request.',
  {
    conditions: list(CertificateSigningRequestCondition, 1, 'The steps so far.', { mapKeys: ['type'] }),
    certificate: one('bytes', 2, 'The certificate, as PEM, once issued.'),
  },
);
export interface CertificateSigningRequestStatus extends Infer<typeof CertificateSigningRequestStatus> {}

export const CertificateSigningRequestSchema = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequest',
  'Asks a signer for a certificate.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(CertificateSigningRequestSpec, 2, 'What is asked for.', { required: true }),
    status: one(CertificateSigningRequestStatus, 3, 'What became of it.', { keepsZero: false }),
  },
);
export interface CertificateSigningRequest extends KindObject<typeof CertificateSigningRequestSchema> {}

/** Annotation that says who approved or denied a request; only the hub can set it. */
export const CSR_DECIDED_BY = 'hawser.dev/decided-by';

export const certificateSigningRequests = kind({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  schema: CertificateSigningRequestSchema,
  subresources: { ...STATUS, approval: { verbs: ['get', 'patch', 'update'] } },
  columns: certificateSigningRequestColumns,
  fieldLabels: { 'spec.signerName': (request) => request.spec.signerName },
});
