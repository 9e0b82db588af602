import { connect } from 'node:net';
import type { Container, ProbeHandler } from '@hawser/api';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import { httpGet, portNumber } from './http-get.ts';

export interface ProbeTarget {
  readonly runtime: ContainerRuntime;
  readonly containerId: string;
  readonly container: Container;
  readonly podIp: string;
}

export interface ProbeOutcome {
  success: boolean;
  output: string;
}

/** Tries a probe once. Whatever goes wrong is a failure, and the output says what. */
export async function runProbe(
  handler: ProbeHandler,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  try {
    if (handler.exec) return await probeExec(handler.exec.command ?? [], target, timeoutMs);
    if (handler.httpGet) return await probeHttp(handler, target, timeoutMs);
    if (handler.tcpSocket) return await probeTcp(handler, target, timeoutMs);
    return { success: false, output: 'probes of this kind are not supported on this node (grpc)' };
  } catch (error) {
    return { success: false, output: error instanceof Error ? error.message : String(error) };
  }
}

async function probeExec(
  command: string[],
  { runtime, containerId }: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, timeoutMs);
  return { success: exitCode === 0, output: Buffer.concat([stdout, stderr]).toString('utf8') };
}

async function probeHttp(
  { httpGet: action }: ProbeHandler,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const { code } = await httpGet(action!, target.container, target.podIp, timeoutMs);
  const success = code >= 200 && code < 400;
  return { success, output: success ? '' : `HTTP probe failed with statuscode: ${code}` };
}

function probeTcp(
  { tcpSocket }: ProbeHandler,
  { container, podIp }: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const host = tcpSocket!.host || podIp;
  const port = portNumber(tcpSocket!.port, container);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (success: boolean, output: string) => {
      socket.destroy();
      resolve({ success, output });
    };
    socket.setTimeout(timeoutMs, () => finish(false, `dial tcp ${host}:${port}: i/o timeout`));
    socket.once('connect', () => finish(true, ''));
    socket.once('error', (error) => finish(false, `dial tcp ${host}:${port}: ${error.message}`));
  });
}
