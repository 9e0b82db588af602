import type { KeyFiles } from '@hawser/config';
import {
  KUBE_APISERVER_CLIENT,
  KUBE_APISERVER_CLIENT_KUBELET,
  KUBELET_SERVING,
  LEGACY_UNKNOWN,
} from './signing-request.ts';

const certificate = (signer: string) =>
  ({
    type: 'string',
    help: `Certificate that signs for ${signer} (PEM), instead of the general one.`,
  }) as const;
const key = { type: 'string', help: 'Its private key.' } as const;

/** The flags that say who signs what: one authority for all signers, or one a signer, not both. */
export const SIGNING_FLAGS = {
  'cluster-signing-cert-file': { type: 'string', help: 'Certificate that signs certificate requests (PEM).' },
  'cluster-signing-key-file': { type: 'string', help: 'Private key that signs certificate requests (PEM).' },
  'cluster-signing-kubelet-serving-cert-file': certificate(KUBELET_SERVING),
  'cluster-signing-kubelet-serving-key-file': key,
  'cluster-signing-kubelet-client-cert-file': certificate(KUBE_APISERVER_CLIENT_KUBELET),
  'cluster-signing-kubelet-client-key-file': key,
  'cluster-signing-kube-apiserver-client-cert-file': certificate(KUBE_APISERVER_CLIENT),
  'cluster-signing-kube-apiserver-client-key-file': key,
  'cluster-signing-legacy-unknown-cert-file': certificate(LEGACY_UNKNOWN),
  'cluster-signing-legacy-unknown-key-file': key,
  'cluster-signing-duration': {
    type: 'duration',
    help: 'Longest life of a signed certificate.',
    default: '8760h',
  },
  'experimental-cluster-signing-duration': {
    type: 'duration',
    help: '',
    deprecatedFor: 'cluster-signing-duration',
  },
} as const;

/** What the flags above parse to, as far as it names files. */
export interface SigningFlagValues {
  readonly clusterSigningCertFile?: string;
  readonly clusterSigningKeyFile?: string;
  readonly clusterSigningKubeletServingCertFile?: string;
  readonly clusterSigningKubeletServingKeyFile?: string;
  readonly clusterSigningKubeletClientCertFile?: string;
  readonly clusterSigningKubeletClientKeyFile?: string;
  readonly clusterSigningKubeApiserverClientCertFile?: string;
  readonly clusterSigningKubeApiserverClientKeyFile?: string;
  readonly clusterSigningLegacyUnknownCertFile?: string;
  readonly clusterSigningLegacyUnknownKeyFile?: string;
}

interface Pair {
  readonly signerName: string;
  /** How its flags begin. */
  readonly flag: string;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/**
 * The files of each signer's authority. A signer without files signs nothing; as soon as one has files of its own, the
 * general ones may not be given (cmd/kube-controller-manager/app/options/csrsigningcontroller.go, certificates.go).
 * @param faults takes what contradicts, in upstream's words.
 */
export function signerFiles(flags: SigningFlagValues, faults: string[]): ReadonlyMap<string, KeyFiles> {
  const specific = specificPairs(flags);
  for (const pair of specific) faults.push(...halfFaults(pair));
  const { clusterSigningCertFile: certFile, clusterSigningKeyFile: keyFile } = flags;
  if (specific.every(({ certificate, key }) => !certificate && !key))
    return filesOf(specific.map((pair) => ({ ...pair, certificate: certFile, key: keyFile })));
  if (certFile || keyFile)
    faults.push(
      'cannot specify --cluster-signing-{cert,key}-file and other --cluster-signing-*-file flags at the same time',
    );
  return filesOf(specific);
}

function specificPairs(flags: SigningFlagValues): Pair[] {
  return [
    {
      signerName: KUBELET_SERVING,
      flag: 'cluster-signing-kubelet-serving',
      certificate: flags.clusterSigningKubeletServingCertFile,
      key: flags.clusterSigningKubeletServingKeyFile,
    },
    {
      signerName: KUBE_APISERVER_CLIENT_KUBELET,
      flag: 'cluster-signing-kubelet-client',
      certificate: flags.clusterSigningKubeletClientCertFile,
      key: flags.clusterSigningKubeletClientKeyFile,
    },
    {
      signerName: KUBE_APISERVER_CLIENT,
      flag: 'cluster-signing-kube-apiserver-client',
      certificate: flags.clusterSigningKubeApiserverClientCertFile,
      key: flags.clusterSigningKubeApiserverClientKeyFile,
    },
    {
      signerName: LEGACY_UNKNOWN,
      flag: 'cluster-signing-legacy-unknown',
      certificate: flags.clusterSigningLegacyUnknownCertFile,
      key: flags.clusterSigningLegacyUnknownKeyFile,
    },
  ];
}

function halfFaults({ flag, certificate, key }: Pair): string[] {
  if (!certificate && key) return [`"${flag}": cannot specify key without cert`];
  if (certificate && !key) return [`"${flag}": cannot specify cert without key`];
  return [];
}

/** Half a general pair is none, as upstream's. */
function filesOf(pairs: readonly Pair[]): Map<string, KeyFiles> {
  return new Map(
    pairs.flatMap(({ signerName, certificate, key }) =>
      certificate && key ? [[signerName, { certificate, key }]] : [],
    ),
  );
}
