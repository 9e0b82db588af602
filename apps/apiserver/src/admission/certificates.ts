import { isDeepStrictEqual } from 'node:util';
import { type CertificateSigningRequest, certificateSigningRequests, forbidden } from '@hawser/api';
import { type Identity, SYSTEM_MASTERS } from '@hawser/authn';
import type { Authorizer } from '@hawser/authz';
import { PkiError, parseCertificateRequest } from '@hawser/pki';
import type { AdmissionPlugin } from '@hawser/registry';

const CERTIFICATES_GROUP = 'certificates.k8s.io';

/**
 * Deciding on and signing certificate requests takes the verbs `approve` and `sign` on the signer, by name or
 * for all signers of its domain (kubernetes/plugin/pkg/admission/certificates).
 */
export function certificateAdmission(authorizer: Authorizer): readonly AdmissionPlugin[] {
  const check = (identity: Identity, verb: 'approve' | 'sign', csr: CertificateSigningRequest) => {
    const { signerName } = csr.spec;
    const ofDomain = `${signerName.split('/')[0]}/*`;
    const allowed = [signerName, ofDomain].some((name) => isAllowed(authorizer, identity, verb, name));
    if (!allowed)
      throw forbidden(
        certificateSigningRequests,
        csr.metadata.name,
        `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`,
      );
  };
  return [
    {
      name: 'CertificateApproval',
      validate({ kind, subresource, oldObject, context }) {
        if (kind === certificateSigningRequests && subresource === 'approval')
          check(context.identity, 'approve', oldObject as unknown as CertificateSigningRequest);
      },
    },
    {
      name: 'CertificateSigning',
      validate({ kind, subresource, object, oldObject, context }) {
        if (kind !== certificateSigningRequests || subresource !== 'status') return;
        const csr = object as unknown as CertificateSigningRequest;
        const old = oldObject as unknown as CertificateSigningRequest;
        const signs = !isDeepStrictEqual(csr.status?.certificate, old.status?.certificate);
        const concludes = !isDeepStrictEqual(csr.status?.conditions, old.status?.conditions);
        if (signs || concludes) check(context.identity, 'sign', old);
      },
    },
    certificateSubjectRestriction,
  ];
}

function isAllowed(authorizer: Authorizer, identity: Identity, verb: string, name: string): boolean {
  const place = {
    apiGroup: CERTIFICATES_GROUP,
    resource: 'signers',
    subresource: '',
    namespace: '',
    path: '',
  };
  return authorizer.authorize({ identity, verb, resourceRequest: true, name, ...place }).verdict === 'allow';
}

/** Nobody gets a certificate of the group that RBAC does not bind. */
const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate({ kind, operation, object, name }) {
    if (kind !== certificateSigningRequests || operation !== 'CREATE') return;
    const { spec } = object as unknown as CertificateSigningRequest;
    if (spec.signerName !== 'kubernetes.io/kube-apiserver-client') return;
    const refuse = (why: string) => forbidden(certificateSigningRequests, name, why);
    try {
      const { subject } = parseCertificateRequest(Buffer.from(spec.request, 'base64').toString());
      if (subject.organizations.includes(SYSTEM_MASTERS))
        throw refuse(`use of ${spec.signerName} signer with ${SYSTEM_MASTERS} group is not allowed`);
    } catch (error) {
      if (error instanceof PkiError) throw refuse(`failed to parse CSR: ${error.message}`);
      throw error;
    }
  },
};
