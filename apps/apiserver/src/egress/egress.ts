import type { Node } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import type { Dialer } from '@hawser/dial';
import type { Logger, Registry } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { ReloadSurroundings } from '@hawser/tls-files';
import type { ReportNode } from './report-node.ts';

/** What a way may need of the hub. */
export interface EgressContext {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly clock: Clock;
  /** With what files are read that may change. */
  readonly reloading: ReloadSurroundings;
  /** The nodes as the hub knows them: their addresses, and the host keys that they published. */
  readonly nodes: Lister<Node>;
  /** Which of a node's addresses to use, best first. */
  readonly nodeAddressTypes: readonly string[];
  /** Whether a node may be on a loopback address. */
  readonly allowLoopback: boolean;
  /** Says something about a node where its operators look. */
  readonly reportNode: ReportNode;
}

/** The one way towards nodes, pods and services. All who reach there are given its dialer; nobody makes another. */
export interface Egress extends AsyncDisposable {
  readonly dialer: Dialer;
  /** How the log calls it. */
  readonly description: EgressDescription;
}

export interface EgressDescription {
  readonly protocol: 'Direct' | 'SSH' | 'HTTPConnect' | 'GRPC';
  /** What the bytes go through, such as `https://127.0.0.1:8131`; absent where they go through nothing. */
  readonly through?: string;
}
