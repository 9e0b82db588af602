import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { KUBERNETES_VERSION, type NodeSystemInfo } from '@hawser/api';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The machine's architecture in Go's words, as labels and images use them. */
export const architecture = ARCHITECTURES[process.arch] ?? process.arch;

/** `status.nodeInfo` of the Node. */
export function readNodeSystemInfo(runtime: { name: string; version: string }): NodeSystemInfo {
  const machineID = readFirst('/etc/machine-id', '/var/lib/dbus/machine-id');
  return {
    machineID,
    systemUUID: readFirst('/sys/class/dmi/id/product_uuid') || machineID,
    bootID: readFirst('/proc/sys/kernel/random/boot_id'),
    kernelVersion: release(),
    osImage: osImage(readFirst('/etc/os-release', '/usr/lib/os-release')),
    containerRuntimeVersion: `${runtime.name}://${runtime.version}`,
    kubeletVersion: KUBERNETES_VERSION,
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture,
  };
}

function readFirst(...paths: string[]): string {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      // Not on every machine, and some only root may read.
    }
  }
  return '';
}

function osImage(osRelease: string): string {
  const match = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease);
  return match?.[1] || 'Linux';
}
