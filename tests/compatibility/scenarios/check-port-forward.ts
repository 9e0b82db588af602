import { expect } from 'bun:test';
import net from 'node:net';
import { expectEchoAt } from '../../cluster/echoed.ts';
import { eventually, eventuallyPasses } from '../../cluster/eventually.ts';
import type { RunningCommand } from '../../cluster/running-command.ts';
import type { Stage } from '../stage.ts';
import { portsOf } from './ports-of.ts';

const LARGE_BYTES = 12_000_000;
const CONNECTIONS = 30;

/** Large and small transfers, one after another and at once; what comes back after the client's end counts too. */
export async function forwardsManyConnections(stage: Stage): Promise<void> {
  const [remote] = await portsOf(stage, 1);
  await using forward = stage.startKubectl(`port-forward a :${remote}`);
  const [local] = await localPorts(forward, 1);
  const large = Buffer.alloc(LARGE_BYTES, crypto.getRandomValues(new Uint8Array(9_973)));
  await expectEchoAt(local!, large);
  const small = large.subarray(0, 50_000);
  await Promise.all(Array.from({ length: CONNECTIONS }, () => expectEchoAt(local!, small)));
  await expectEchoAt(local!, Buffer.alloc(0));
}

/** Several ports of one session, each its own. */
export async function forwardsSeveralPorts(stage: Stage): Promise<void> {
  const [one, other] = await portsOf(stage, 2);
  await using forward = stage.startKubectl(`port-forward pod/a :${one} :${other}`);
  const locals = await localPorts(forward, 2);
  await Promise.all(locals.map((port) => expectEchoAt(port, Buffer.from(`through ${port}`))));
  expect(forward.stdout).toContain(`127.0.0.1:${locals[1]} -> ${other}\n`);
}

/** Every client ends its session by itself when it is told of an error. */
export async function aRefusedPortIsTold(stage: Stage): Promise<void> {
  await using forward = stage.startKubectl('port-forward a :1');
  const [local] = await localPorts(forward, 1);
  const socket = net.connect(local!, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise((resolve) => socket.resume().once('close', resolve));
  await eventuallyPasses(() =>
    expect(forward.stderr).toMatch(/an error occurred forwarding \d+ -> 1: .*connect: connection refused/),
  );
}

/** Where a started client listens. */
async function localPorts(forward: RunningCommand, count: number): Promise<number[]> {
  return await eventually(() => {
    const ports = [...forward.stdout.matchAll(/127\.0\.0\.1:(\d+) ->/g)].map(([, port]) => Number(port));
    if (ports.length < count && forward.stderr !== '') throw new Error(forward.stderr);
    return ports.length >= count ? ports : undefined;
  });
}
