import { Counter, Gauge, type Registry } from '@hawser/observability';

/** What an operator watches: the first three under upstream's names, the others node by node. */
export class TunnelMetrics {
  readonly opened: Counter;
  readonly failed: Counter;
  readonly up: Gauge<'node'>;
  readonly hostKeyRefused: Counter<'node'>;
  readonly #channels: Gauge<'node'>;

  /**
   * @param secondsSinceSync how long ago the tunnels were last those of the nodes.
   * @param channels how many channels each node's connection carries.
   */
  constructor(
    registry: Registry,
    secondsSinceSync: () => number,
    channels: () => Iterable<[string, number]>,
  ) {
    const registers = [registry];
    this.opened = new Counter({
      name: 'ssh_tunnel_open_count',
      help: 'SSH connections to nodes that were tried.',
      registers,
    });
    this.failed = new Counter({
      name: 'ssh_tunnel_open_fail_count',
      help: 'SSH connections to nodes that were tried and failed.',
      registers,
    });
    new Gauge({
      name: 'apiserver_proxy_tunnel_sync_duration_seconds',
      help: 'Seconds since the SSH tunnels were last brought in line with the nodes.',
      registers,
      collect() {
        this.set(secondsSinceSync());
      },
    });
    this.up = new Gauge({
      name: 'hawser_ssh_tunnel_up',
      help: '1 while there is a verified SSH connection to the node.',
      labelNames: ['node'],
      registers,
    });
    this.hostKeyRefused = new Counter({
      name: 'hawser_ssh_tunnel_host_key_refused_total',
      help: 'Connections to the node that were not made, or given up, because its host key is unknown or another.',
      labelNames: ['node'],
      registers,
    });
    this.#channels = new Gauge({
      name: 'hawser_ssh_tunnel_channels',
      help: 'Connections that go through the SSH connection to the node.',
      labelNames: ['node'],
      registers,
      collect() {
        for (const [node, count] of channels()) this.set({ node }, count);
      },
    });
  }

  /** A node has gone: nothing is said of it any more. */
  forget(node: string): void {
    for (const metric of [this.up, this.hostKeyRefused, this.#channels]) metric.remove({ node });
  }
}
