import { describe, expect, test } from 'bun:test';
import { type CertificateSigningRequest, type FieldError, fieldErrorMessage } from '@hawser/api';
import { createCertificateAuthority, createCertificateRequest, generateKeyPair } from '@hawser/pki';
import { certificateSigningRequestStrategy, csrApprovalFaults } from './certificate-signing-request.ts';
import type { CsrCondition } from './csr-conditions.ts';

type Csr = CertificateSigningRequest & Record<string, unknown>;

const keyPair = generateKeyPair();
const request = createCertificateRequest({ keyPair, subject: { commonName: 'alice' } });
const otherKey = createCertificateRequest({ keyPair: generateKeyPair(), subject: { commonName: 'alice' } });
const day = { notBefore: new Date(0), notAfter: new Date(86_400_000) };
const certificate = createCertificateAuthority({ subject: { commonName: 'a' }, ...day }).certificatePem;
const BEGIN = '-----BEGIN CERTIFICATE REQUEST-----';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const said = (faults: FieldError[] | undefined) => (faults ?? []).map(fieldErrorMessage);

function csr(spec: object = {}, status?: CertificateSigningRequest['status']): Csr {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'c' },
    spec: { request: base64(request), signerName: 'example.com/a', usages: ['client auth'], ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

/** The DER of one request with the signature of another. */
function forged(): string {
  const der = (pem: string) => Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64');
  const [own, foreign] = [der(request), der(otherKey)];
  const mixed = Buffer.concat([own.subarray(0, own.length - 64), foreign.subarray(foreign.length - 64)]);
  mixed[own.length - 65] = own[own.length - 65]!;
  return `${BEGIN}\n${mixed.toString('base64')}\n${BEGIN.replace('BEGIN', 'END')}\n`;
}

describe('a new CertificateSigningRequest', () => {
  const faultsOf = (spec: object) => said(certificateSigningRequestStrategy.validateCreate?.(csr(spec)));

  test('with everything right is taken', () => {
    for (const signerName of ['example.com/a', 'a.b/c.d', 'kubernetes.io/kubelet-serving'])
      expect(faultsOf({ signerName, expirationSeconds: 600 })).toEqual([]);
  });

  test('with hundreds of thousands of usages is looked at once', () => {
    const usages = Array.from({ length: 200_000 }, (_, i) => `usage ${i}`);
    const startedMs = performance.now();
    expect(faultsOf({ usages })).toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  const cases: { name: string; spec: object; fault: string }[] = [
    {
      name: 'without a request in it',
      spec: { request: base64('MII') },
      fault: 'spec.request: Invalid value: "REDACTED": PEM block type must be CERTIFICATE REQUEST',
    },
    {
      name: 'with a certificate in its place',
      spec: { request: base64(certificate) },
      fault: 'PEM block type must be CERTIFICATE REQUEST',
    },
    { name: 'that is cut off', spec: { request: base64(`${BEGIN}\nMII\n`) }, fault: 'no PEM block' },
    { name: 'that another key signed', spec: { request: base64(forged()) }, fault: 'does not verify' },
    { name: 'without usages', spec: { usages: [] }, fault: 'spec.usages: Required value' },
    {
      name: 'with a usage twice',
      spec: { usages: ['client auth', 'client auth'] },
      fault: 'spec.usages[1]: Duplicate value: "client auth"',
    },
    {
      name: 'for the legacy signer',
      spec: { signerName: 'kubernetes.io/legacy-unknown' },
      fault: 'the legacy signerName is not allowed via this API version',
    },
    {
      name: 'for a signer without a path',
      spec: { signerName: 'example.com' },
      fault: "must be a fully qualified domain and path of the form 'example.com/signer-name'",
    },
    {
      name: 'for a signer with two paths',
      spec: { signerName: 'example.com/a/b' },
      fault: 'must be a fully qualified domain',
    },
    {
      name: 'for a signer whose domain is no domain',
      spec: { signerName: 'example/a' },
      fault: 'should be a domain with at least two segments separated by dots',
    },
    {
      name: 'for a signer whose domain is upper case',
      spec: { signerName: 'Example.com/a' },
      fault:
        'spec.signerName: Invalid value: "Example.com": validating label "Example": a lowercase RFC 1123',
    },
    {
      name: 'for a signer whose path is no name',
      spec: { signerName: 'example.com/a_b' },
      fault: 'validating label "a_b": a lowercase RFC 1123 subdomain',
    },
    {
      name: 'for a signer with a very long name',
      spec: { signerName: `example.com/${'a.'.repeat(300)}a` },
      fault: 'spec.signerName: Too long: may not be more than 571 bytes',
    },
    {
      name: 'for less than ten minutes',
      spec: { expirationSeconds: 599 },
      fault:
        'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)',
    },
  ];
  for (const { name, spec, fault } of cases)
    test(`${name} is refused`, () => {
      const faults = faultsOf(spec);
      expect(faults).toHaveLength(1);
      expect(faults[0]).toContain(fault);
    });

  test('with a weak RSA key is refused, and told why', () => {
    const options = ['-newkey', 'rsa:1024', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=a'];
    const { stdout } = Bun.spawnSync(['openssl', 'req', '-new', ...options], { stderr: 'ignore' });
    const [fault] = faultsOf({ request: base64(stdout.toString()) });
    expect(fault).toMatch(/^spec\.request: Invalid value: .*2048/);
  });

  test('of nothing but beginnings is refused in no time', () => {
    const startedMs = performance.now();
    expect(faultsOf({ request: base64(`${BEGIN}\n`.repeat(60_000)) })).toHaveLength(1);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

const condition = (type: string, status = 'True', more: object = {}): CsrCondition => ({
  type,
  status,
  ...more,
});
const held = (...conditions: CsrCondition[]) => csr({}, { conditions });

describe('the status', () => {
  const faultsOf = (given: Csr, old: Csr) => {
    certificateSigningRequestStrategy.prepareForStatusUpdate?.(given, old, undefined as never, new Date(0));
    return said(certificateSigningRequestStrategy.validateStatusUpdate?.(given, old));
  };

  test('takes a certificate, and a failure', () => {
    const old = held(condition('Approved'));
    expect(faultsOf(csr({}, { ...old.status, certificate: base64(certificate) }), old)).toEqual([]);
    expect(faultsOf(held(condition('Approved'), condition('Failed')), old)).toEqual([]);
  });

  test('fills in times, and leaves a decision as it was', () => {
    const times = { lastUpdateTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const old = held(condition('Approved', 'True', { reason: 'A', ...times }));
    const given = held(condition('Approved', 'True', { reason: 'B' }), condition('Odd', 'False'));
    expect(faultsOf(given, old)).toEqual([]);
    const now = '1970-01-01T00:00:00Z';
    expect(given.status?.conditions).toEqual([
      old.status!.conditions![0]!,
      condition('Odd', 'False', { lastUpdateTime: now, lastTransitionTime: now }),
    ]);
  });

  const issued = csr({}, { conditions: [condition('Approved')], certificate: base64(certificate) });
  const cases: { name: string; given: Csr; old: Csr; fault: string }[] = [
    {
      name: 'an approval',
      given: held(condition('Approved')),
      old: held(),
      fault: 'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    },
    {
      name: 'a denial',
      given: held(condition('Denied')),
      old: csr(),
      fault: 'updates may not add a condition of type "Denied"',
    },
    {
      name: 'the removal of an approval',
      given: held(),
      old: held(condition('Approved')),
      fault: 'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    },
    {
      name: 'the removal of a failure',
      given: held(),
      old: held(condition('Failed')),
      fault: 'updates may not remove a condition of type "Failed"',
    },
    {
      name: 'a failure that is none',
      given: held(condition('Failed', 'False')),
      old: held(),
      fault: 'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
    },
    {
      name: 'a condition with an odd status',
      given: held(condition('Odd', 'Maybe')),
      old: held(),
      fault: 'supported values: "False", "True", "Unknown"',
    },
    {
      name: 'a condition without a type',
      given: held(condition('')),
      old: held(),
      fault: 'status.conditions[0].type: Required value',
    },
    {
      name: 'a condition twice',
      given: held(condition('Odd'), condition('Odd')),
      old: held(),
      fault: 'status.conditions[1].type: Duplicate value: "Odd"',
    },
    {
      name: 'what is no certificate',
      given: csr({}, { certificate: base64('x') }),
      old: csr(),
      fault:
        'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
    },
    {
      name: 'a key beside the certificate',
      given: csr({}, { certificate: base64(`${certificate}${request}`) }),
      old: csr(),
      fault: 'only CERTIFICATE PEM blocks are allowed, found "CERTIFICATE REQUEST"',
    },
    {
      name: 'a certificate with headers',
      given: csr({}, { certificate: base64(certificate.replace('\n', '\nA: b\n\n')) }),
      old: csr(),
      fault: 'no PEM block headers are permitted',
    },
    {
      name: 'another certificate',
      given: csr({}, { ...issued.status, certificate: base64(certificate.repeat(2)) }),
      old: issued,
      fault: 'status.certificate: Forbidden: updates may not modify existing certificate content',
    },
    {
      name: 'none in the place of one',
      given: held(condition('Approved')),
      old: issued,
      fault: 'updates may not modify existing certificate content',
    },
  ];
  for (const { name, given, old, fault } of cases)
    test(`does not take ${name}`, () => {
      const faults = faultsOf(given, old);
      expect(faults).toHaveLength(1);
      expect(faults[0]).toContain(fault);
    });
});

describe('an approval', () => {
  const faultsOf = (given: Csr, old: Csr) => said(csrApprovalFaults(given, old));

  test('may add a decision, and keep it', () => {
    for (const type of ['Approved', 'Denied']) {
      expect(faultsOf(held(condition(type)), held())).toEqual([]);
      expect(faultsOf(held(condition(type)), held(condition(type)))).toEqual([]);
    }
  });

  test('excludes a denial', () => {
    const message =
      'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive';
    expect(faultsOf(held(condition('Approved'), condition('Denied')), held(condition('Approved')))).toEqual([
      message,
    ]);
  });

  test('is not taken back', () => {
    expect(faultsOf(held(condition('Denied')), held(condition('Approved')))).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
  });

  test('says True', () => {
    expect(faultsOf(held(condition('Approved', 'False')), held())).toEqual([
      'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
    ]);
  });
});
