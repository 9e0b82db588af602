import { readFileSync, statfsSync } from 'node:fs';
import { cpus } from 'node:os';

/** What the machine has, and what is left of it. */
export interface NodeResources {
  cpus: number;
  memoryBytes: number;
  memoryAvailableBytes: number;
  /** Of the file system that holds the kubelet's root directory. */
  diskBytes: number;
  diskAvailableBytes: number;
}

export function readNodeResources(rootDirectory: string): NodeResources {
  const memory = parseMemoryInfo(readFileSync('/proc/meminfo', 'latin1'));
  const disk = statfsSync(rootDirectory);
  return {
    cpus: cpus().length,
    memoryBytes: memory['MemTotal'] ?? 0,
    memoryAvailableBytes: memory['MemAvailable'] ?? 0,
    diskBytes: disk.blocks * disk.bsize,
    diskAvailableBytes: disk.bavail * disk.bsize,
  };
}

/** The lines of /proc/meminfo in bytes. */
export function parseMemoryInfo(text: string): Record<string, number> {
  const lines = [...text.matchAll(/^(\w+):\s+(\d+) kB$/gm)];
  return Object.fromEntries(lines.map(([, name, kib]) => [name!, Number(kib) * 1024]));
}

/** Kept back from pods, as upstream's default hard eviction thresholds do. */
const RESERVED_MEMORY_BYTES = 100 * 1024 * 1024;
const RESERVED_DISK_SHARE = 0.1;

/** `status.capacity` of the Node. */
export function capacityOf(resources: NodeResources, maxPods: number): Record<string, string> {
  return {
    cpu: String(resources.cpus),
    'ephemeral-storage': `${Math.floor(resources.diskBytes / 1024)}Ki`,
    memory: `${Math.floor(resources.memoryBytes / 1024)}Ki`,
    pods: String(maxPods),
  };
}

/** `status.allocatable`: what pods may ask for together. */
export function allocatableOf(resources: NodeResources, maxPods: number): Record<string, string> {
  const memoryBytes = Math.max(0, resources.memoryBytes - RESERVED_MEMORY_BYTES);
  return {
    cpu: String(resources.cpus),
    'ephemeral-storage': String(Math.floor(resources.diskBytes * (1 - RESERVED_DISK_SHARE))),
    memory: `${Math.floor(memoryBytes / 1024)}Ki`,
    pods: String(maxPods),
  };
}

export function isShortOfMemory({ memoryAvailableBytes }: NodeResources): boolean {
  return memoryAvailableBytes < RESERVED_MEMORY_BYTES;
}

export function isShortOfDisk({ diskBytes, diskAvailableBytes }: NodeResources): boolean {
  return diskAvailableBytes < diskBytes * RESERVED_DISK_SHARE;
}
