import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { joinHostPort, splitHostPort } from '@hawser/dial';
import { type BootstrapToken, parseToken } from '../bootstrap-token/bootstrap-token.ts';
import { parseCaPin } from './ca-pins.ts';
import { JoinError } from './join-error.ts';
import { type NodeDirectory, nodeDirectory } from './node-directory.ts';
import type { NatsCredentials, NodeProgram } from './node-programs.ts';

/** The flags of `hawser join` as they were typed. */
export interface JoinFlags {
  readonly token?: string;
  readonly discoveryTokenCaCertHash?: readonly string[];
  readonly discoveryTokenUnsafeSkipCaVerification?: true;
  readonly discoveryFile?: string;
  readonly discoveryTimeout: number;
  readonly nodeName: string;
  readonly nodeIp?: string;
  readonly rootDir: string;
  readonly certDir?: string;
  readonly executables?: string;
  readonly kubeletArg: readonly string[];
  readonly konnectivityAgentArg: readonly string[];
  readonly kubeProxyArg: readonly string[];
  readonly natsUrl?: string;
  readonly natsCaFile?: string;
  readonly natsCertFile?: string;
  readonly natsKeyFile?: string;
  readonly writeOnly?: true;
}

/** How the cluster is to be recognised. */
export type Recognition =
  | { readonly pins: readonly string[] | undefined; readonly endpoint: string }
  | { readonly kubeconfig: string };

/** What was typed, checked as far as that can be done without asking anybody. */
export interface JoinRequest {
  /** Undefined: the node has joined before, or is to use what its directory has. */
  readonly token: BootstrapToken | undefined;
  readonly recognition: Recognition | undefined;
  readonly nodeName: string;
  readonly nodeIp: string | undefined;
  readonly directory: NodeDirectory;
  readonly more: Readonly<Record<NodeProgram, readonly string[]>>;
  readonly nats: Partial<NatsCredentials>;
}

const HUB_PORT = 6443;
const NODE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Checks what was typed. @throws JoinError for the first thing that makes no sense. */
export function checkJoinFlags(
  endpoint: string | undefined,
  kubeletArguments: readonly string[],
  flags: JoinFlags,
): JoinRequest {
  const { nodeName, nodeIp } = flags;
  if (nodeName.length > 253 || !NODE_NAME.test(nodeName))
    throw new JoinError(`--node-name: ${JSON.stringify(nodeName)} is not a node name (a DNS subdomain)`);
  if (nodeIp !== undefined && isIP(nodeIp) === 0)
    throw new JoinError(`--node-ip: ${JSON.stringify(nodeIp)} is no IP address`);
  const { natsUrl: url, natsCaFile: caFile, natsCertFile: certFile, natsKeyFile: keyFile } = flags;
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new JoinError('--nats-cert-file and --nats-key-file belong together');
  return {
    token: tokenOf(flags),
    recognition: recognitionOf(endpoint, flags),
    nodeName,
    nodeIp,
    directory: nodeDirectory(resolve(flags.rootDir), flags.certDir && resolve(flags.certDir)),
    more: {
      kubelet: [...flags.kubeletArg, ...kubeletArguments],
      'konnectivity-agent': flags.konnectivityAgentArg,
      'kube-proxy': flags.kubeProxyArg,
    },
    nats: { url, caFile, certFile, keyFile },
  };
}

function tokenOf({ token }: JoinFlags): BootstrapToken | undefined {
  if (token === undefined) return undefined;
  try {
    return parseToken(token);
  } catch (cause) {
    throw new JoinError('--token is not of the form [a-z0-9]{6}.[a-z0-9]{16}', { cause });
  }
}

function recognitionOf(endpoint: string | undefined, flags: JoinFlags): Recognition | undefined {
  const { discoveryFile, discoveryTokenCaCertHash: pins, discoveryTokenUnsafeSkipCaVerification } = flags;
  if (discoveryFile !== undefined) {
    if (endpoint !== undefined || pins !== undefined || discoveryTokenUnsafeSkipCaVerification)
      throw new JoinError(
        '--discovery-file says where the hub is and what its CA is: neither an address nor a hash goes with it',
      );
    return { kubeconfig: readDiscoveryFile(discoveryFile) };
  }
  if (endpoint === undefined) return undefined;
  return { endpoint: parseEndpoint(endpoint), pins: pinsOf(pins, discoveryTokenUnsafeSkipCaVerification) };
}

function readDiscoveryFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JoinError(`--discovery-file cannot be read: ${why}`, { cause });
  }
}

function pinsOf(
  pins: readonly string[] | undefined,
  unsafe: true | undefined,
): readonly string[] | undefined {
  if (pins !== undefined && unsafe)
    throw new JoinError(
      '--discovery-token-ca-cert-hash and --discovery-token-unsafe-skip-ca-verification exclude each other',
    );
  if (pins === undefined && !unsafe)
    throw new JoinError(
      '--discovery-token-ca-cert-hash is required: whoever knows the token could pose as the hub. ' +
        '`hawser token create --print-join-command` prints it; ' +
        '--discovery-token-unsafe-skip-ca-verification goes on without',
    );
  return pins?.map(parseCaPin);
}

/** `HOST`, `HOST:PORT`, or an https URL of these; as `host:port`. */
function parseEndpoint(text: string): string {
  const bare = text.replace(/^https:\/\//, '').replace(/\/$/, '');
  const target =
    splitHostPort(bare) ?? splitHostPort(isIP(bare) === 6 ? `[${bare}]:${HUB_PORT}` : `${bare}:${HUB_PORT}`);
  if (target === undefined || /[\s/@?#]/.test(target.host))
    throw new JoinError(`${JSON.stringify(text)} is no address of a hub: expected HOST:PORT`);
  return joinHostPort(target);
}
