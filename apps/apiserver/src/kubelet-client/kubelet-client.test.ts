import { expect, test } from 'bun:test';
import type { Node } from '@hawser/api';
import { DialError, type Target } from '@hawser/dial';
import { KubeletClient, type KubeletClientOptions } from './kubelet-client.ts';

const node: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1' },
  status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] },
};
const signal = new AbortController().signal;

/** A client whose dialer reaches nobody, and whom it was asked for. */
function unreachable(options: Partial<KubeletClientOptions> = {}) {
  const dialled: Target[] = [];
  const dial = (target: Target) => {
    dialled.push(target);
    return Promise.reject(new DialError('dial tcp: no route to host'));
  };
  const client = new KubeletClient({
    ...{ dialer: { dial }, readCa: () => '', readCertificate: () => ({ cert: '', key: '' }) },
    ...{ addressTypes: ['InternalIP'], allowLoopback: false, ...options },
  });
  return { client, dialled };
}

test('asks for a kubelet by its address and its node', async () => {
  const { client, dialled } = unreachable();
  await expect(client.connect(node, signal)).rejects.toThrow('error dialing backend: dial tcp: no route');
  expect(dialled).toEqual([{ host: '10.0.0.1', port: 10250, node: 'node-1' }]);
});

test('dials nobody whom it could not verify', async () => {
  const readCa = () => {
    throw new Error('no such file');
  };
  const { client, dialled } = unreachable({ readCa });
  await expect(client.connect(node, signal)).rejects.toThrow('error dialing backend: Error: no such file');
  expect(dialled).toEqual([]);
});
