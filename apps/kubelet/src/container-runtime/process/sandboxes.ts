import { mkdirSync } from 'node:fs';
import { releaseNamespace } from '../../network/namespace-holder.ts';
import type { SandboxNetwork } from '../../network/sandbox-network.ts';
import type { PodSandbox, PodSandboxConfig } from '../container-runtime.ts';
import type { SandboxRecord, StateDirectory } from './container-directory.ts';
import { isAlive } from './process-identity.ts';

export interface SandboxesOptions {
  readonly state: StateDirectory;
  /** Of the running boot: no sandbox outlives one. */
  readonly bootId: string;
  /** Absent: all have the node's network. */
  readonly network: SandboxNetwork | undefined;
}

/** The sandboxes of a node: a network namespace each, or, where pods share the node's network, bookkeeping. */
export class Sandboxes {
  readonly #options: SandboxesOptions;
  readonly #records = new Map<string, SandboxRecord>();
  /** Those whose network has gone by itself, and who were told of. */
  readonly #lost = new Set<string>();

  /** Takes over what is written down. */
  constructor(options: SandboxesOptions) {
    this.#options = options;
    // In their order: the address that was given out last is to be known.
    for (const record of options.state
      .readSandboxes()
      .toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1)))
      this.#adopt(record);
  }

  get(id: string): SandboxRecord | undefined {
    return this.#records.get(id);
  }

  /** Makes one. Nothing of it stays when that fails. @throws NetworkNotReadyError, NetworkCommandError */
  async run(id: string, config: PodSandboxConfig): Promise<void> {
    const { state, bootId, network } = this.#options;
    mkdirSync(config.logDirectory, { recursive: true, mode: 0o755 });
    const record = { id, config, createdAt: new Date().toISOString(), bootId, stopped: false };
    if (config.hostNetwork || network === undefined) return this.#note(record);
    try {
      await network.setUp(id, config.portMappings ?? [], (made) => this.#note({ ...record, network: made }));
    } catch (error) {
      this.#records.delete(id);
      state.removeSandbox(id);
      throw error;
    }
  }

  /** Takes the network away, once no container runs in it. */
  async stop(sandbox: SandboxRecord): Promise<void> {
    const { state, bootId, network } = this.#options;
    if (sandbox.network !== undefined && sandbox.bootId === bootId) {
      await network?.tearDown(sandbox.id, sandbox.network);
      releaseNamespace(sandbox.network.holder);
    }
    sandbox.stopped = true;
    state.writeSandbox(sandbox);
  }

  remove(id: string): void {
    this.#records.delete(id);
    this.#lost.delete(id);
    this.#options.state.removeSandbox(id);
  }

  list(): PodSandbox[] {
    return [...this.#records.values()].map((sandbox) => ({
      id: sandbox.id,
      metadata: sandbox.config.metadata,
      state: this.#isReady(sandbox) ? 'ready' : 'notready',
      createdAt: new Date(sandbox.createdAt),
      labels: sandbox.config.labels,
      annotations: sandbox.config.annotations,
      ...(sandbox.network && { ip: sandbox.network.ip }),
    }));
  }

  /** Those whose network has gone by itself since this was asked last: their pods need others. */
  newlyLost(): SandboxRecord[] {
    const lost = [...this.#records.values()].filter(
      (sandbox) =>
        sandbox.network !== undefined &&
        !sandbox.stopped &&
        !this.#lost.has(sandbox.id) &&
        !this.#isReady(sandbox),
    );
    for (const { id } of lost) this.#lost.add(id);
    return lost;
  }

  #isReady({ stopped, bootId, network }: SandboxRecord): boolean {
    if (stopped || bootId !== this.#options.bootId) return false;
    return network === undefined || isAlive(network.holder);
  }

  #adopt(record: SandboxRecord): void {
    this.#records.set(record.id, record);
    const { id, config, network, stopped, bootId } = record;
    if (network !== undefined && !stopped && bootId === this.#options.bootId)
      this.#options.network?.adopt(id, network, config.portMappings ?? []);
  }

  #note(record: SandboxRecord): void {
    this.#options.state.writeSandbox(record);
    this.#records.set(record.id, record);
  }
}
