import { describe, expect, test } from 'bun:test';
import { parseFlags } from '@hawser/config';
import { SIGNING_FLAGS, signerFiles } from './signing-flags.ts';

function filesFor(...argv: string[]) {
  const { options, warnings } = parseFlags(SIGNING_FLAGS, argv);
  const faults: string[] = [];
  const files = Object.fromEntries(signerFiles(options, faults));
  return { files, faults, warnings, durationMs: options.clusterSigningDuration };
}

const general = ['--cluster-signing-cert-file', 'ca.crt', '--cluster-signing-key-file', 'ca.key'];
const serving = ['--cluster-signing-kubelet-serving-cert-file', 's.crt'];
const servingKey = ['--cluster-signing-kubelet-serving-key-file', 's.key'];

describe('who signs', () => {
  test('one authority signs for all four', () => {
    const ca = { certificate: 'ca.crt', key: 'ca.key' };
    expect(filesFor(...general)).toMatchObject({
      faults: [],
      files: {
        'kubernetes.io/kubelet-serving': ca,
        'kubernetes.io/kube-apiserver-client-kubelet': ca,
        'kubernetes.io/kube-apiserver-client': ca,
        'kubernetes.io/legacy-unknown': ca,
      },
    });
  });

  test('with an authority of its own for one, the others sign nothing', () => {
    expect(filesFor(...serving, ...servingKey)).toMatchObject({
      faults: [],
      files: { 'kubernetes.io/kubelet-serving': { certificate: 's.crt', key: 's.key' } },
    });
    expect(Object.keys(filesFor(...serving, ...servingKey).files)).toHaveLength(1);
  });

  test('without files, or with half of the general ones, nobody signs', () => {
    expect(filesFor()).toMatchObject({ files: {}, faults: [] });
    expect(filesFor(...general.slice(0, 2))).toMatchObject({ files: {}, faults: [] });
  });

  const both =
    'cannot specify --cluster-signing-{cert,key}-file and other --cluster-signing-*-file flags at the same time';
  test.each([
    { name: 'general and special files', argv: [...general, ...serving, ...servingKey], faults: [both] },
    {
      name: 'a certificate without its key',
      argv: serving,
      faults: ['"cluster-signing-kubelet-serving": cannot specify cert without key'],
    },
    {
      name: 'a key without its certificate',
      argv: ['--cluster-signing-legacy-unknown-key-file', 'l.key'],
      faults: ['"cluster-signing-legacy-unknown": cannot specify key without cert'],
    },
    {
      name: 'everything wrong at once',
      argv: [...general.slice(0, 2), '--cluster-signing-kubelet-client-cert-file', 'c'],
      faults: ['"cluster-signing-kubelet-client": cannot specify cert without key', both],
    },
  ])('$name is refused', ({ argv, faults }) => expect(filesFor(...argv).faults).toEqual([...faults]));
});

test('the old name of the duration is taken, with a warning', () => {
  expect(filesFor('--experimental-cluster-signing-duration', '1h')).toMatchObject({
    durationMs: 3_600_000,
    warnings: ['--experimental-cluster-signing-duration is deprecated, use --cluster-signing-duration'],
  });
  expect(filesFor().durationMs).toBe(365 * 24 * 3_600_000);
});
