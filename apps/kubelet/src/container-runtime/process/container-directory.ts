import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxNetworkRecord } from '../../network/sandbox-network.ts';
import type { ContainerConfig, PodSandboxConfig } from '../container-runtime.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { ExecutionRights } from './shim-specification.ts';

/** `sandbox.json` */
export interface SandboxRecord {
  id: string;
  config: PodSandboxConfig;
  createdAt: string;
  bootId: string;
  stopped: boolean;
  /** Absent where it has the node's. */
  network?: SandboxNetworkRecord;
}

/** `container.json`: written once, before anything runs. */
export interface ContainerRecord {
  id: string;
  podSandboxId: string;
  config: ContainerConfig;
  createdAt: string;
  bootId: string;
  /** Absolute. */
  logPath: string;
  /** How it runs: what a command run in it later must know. */
  execution: ExecutionRights & { bubblewrap: boolean };
}

/** `started`, by the shim. */
export interface StartedRecord extends ProcessIdentity {
  startedAt: string;
}

/** `exit`, by the shim. */
export interface ExitRecord {
  exitCode: number;
  finishedAt: string;
  signal?: number;
  startError?: string;
  /** Its end was found, not seen: the machine was rebooted, or the shim killed. */
  lost?: boolean;
}

/**
 * The files of the process runtime: a directory for each sandbox and each container. They are the only state,
 * so that a kubelet that was killed reads them and goes on. They outlive no reboot: see `bootId`.
 */
export class StateDirectory {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    for (const kind of ['sandboxes', 'containers']) mkdirSync(join(root, kind), { recursive: true });
  }

  container(id: string): string {
    return join(this.#root, 'containers', id);
  }

  #sandbox(id: string): string {
    return join(this.#root, 'sandboxes', id);
  }

  writeSandbox(record: SandboxRecord): void {
    mkdirSync(this.#sandbox(record.id), { recursive: true });
    writeJson(join(this.#sandbox(record.id), 'sandbox.json'), record);
  }

  writeContainer(record: ContainerRecord): void {
    mkdirSync(this.container(record.id), { recursive: true });
    writeJson(join(this.container(record.id), 'container.json'), record);
  }

  readSandboxes(): SandboxRecord[] {
    return this.#readAll<SandboxRecord>('sandboxes', 'sandbox.json');
  }

  readContainers(): ContainerRecord[] {
    return this.#readAll<ContainerRecord>('containers', 'container.json');
  }

  /** The shim itself, from the moment it began. */
  readShim(id: string): ProcessIdentity | undefined {
    return readJson(join(this.container(id), 'shim'));
  }

  readStarted(id: string): StartedRecord | undefined {
    return readJson(join(this.container(id), 'started'));
  }

  readExit(id: string): ExitRecord | undefined {
    return readJson(join(this.container(id), 'exit'));
  }

  /** Records an end that no shim could record. */
  writeExit(id: string, record: ExitRecord): void {
    writeJson(join(this.container(id), 'exit'), record);
  }

  removeSandbox(id: string): void {
    rmSync(this.#sandbox(id), { recursive: true, force: true });
  }

  removeContainer(id: string): void {
    rmSync(this.container(id), { recursive: true, force: true });
  }

  /** Directories without their record are what a kill between two steps left; they go. */
  #readAll<T>(kind: string, file: string): T[] {
    const found: T[] = [];
    for (const id of readdirSync(join(this.#root, kind))) {
      const record = readJson<T>(join(this.#root, kind, id, file));
      if (record !== undefined) found.push(record);
      else rmSync(join(this.#root, kind, id), { recursive: true, force: true });
    }
    return found;
  }
}

/** Renamed into place, so that it is read whole or not; not synced, since a power cut ends the containers too. */
function writeJson(path: string, value: object): void {
  writeFileSync(`${path}.tmp`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

function readJson<T>(path: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  return JSON.parse(text) as T;
}
