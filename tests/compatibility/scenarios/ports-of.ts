import { eventually } from '../../cluster/eventually.ts';
import type { Stage } from '../stage.ts';

/** What the pod `a` listens on, by its log. */
export async function portsOf(stage: Stage, count: number): Promise<number[]> {
  return await eventually(async () => {
    const ports = (await stage.kubectl('logs a')).stdout.trim().split('\n').map(Number);
    return ports.length >= count && ports[0]! > 0 ? ports : undefined;
  });
}
