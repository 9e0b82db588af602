import type { PortMapping } from '../container-runtime/container-runtime.ts';
import type { ProcessIdentity } from '../container-runtime/process/process-identity.ts';

/** The network of one sandbox, as it is written down with it. */
export interface SandboxNetworkRecord {
  /** The pod's address. */
  readonly ip: string;
  /** The node's end of its link. */
  readonly link: string;
  /** Holds the namespace. */
  readonly holder: ProcessIdentity;
}

/** What gives sandboxes a network namespace and an address each. */
export interface SandboxNetwork {
  /** Why none can be made now; undefined when they can. */
  problem(): string | undefined;
  /** Takes over what a kubelet before this one has made. */
  adopt(id: string, record: SandboxNetworkRecord, portMappings: readonly PortMapping[]): void;
  /**
   * Makes one. Nothing of it stays when that fails.
   * @param note is told what is going to be, to write it down, before anything of it outlives this process.
   * @throws NetworkNotReadyError while there is a problem, NetworkCommandError
   */
  setUp(
    id: string,
    portMappings: readonly PortMapping[],
    note: (record: SandboxNetworkRecord) => void,
  ): Promise<void>;
  /** Takes one away, and gives its address back. Idempotent. */
  tearDown(id: string, record: SandboxNetworkRecord): Promise<void>;
}

/** The node has no network for pods yet. */
export class NetworkNotReadyError extends Error {
  override readonly name = 'NetworkNotReadyError';
}
