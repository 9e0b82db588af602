import type { Pod, Service } from '@hawser/api';
import { readyCondition } from './service-pods.ts';

/** Tells when that happened which changed a Service's endpoints: by it the lag of the network is measured. */
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

interface Seen {
  readonly pods: ReadonlyMap<string, string>;
  readonly service: string;
}

/** Remembers what was seen of each Service (`endpointslice/util` TriggerTimeTracker). */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>();

  /**
   * @returns the earliest time at which something changed since the last call, RFC 3339; undefined where nothing
   * did.
   */
  next(key: string, service: Service, pods: readonly Pod[]): string | undefined {
    const before = this.#seen.get(key);
    const now: Seen = {
      pods: new Map(
        pods.flatMap(({ metadata, status }) => {
          const time = readyCondition(status)?.lastTransitionTime;
          return time === undefined ? [] : [[metadata.name, time] as const];
        }),
      ),
      service: service.metadata.creationTimestamp ?? '',
    };
    this.#seen.set(key, now);
    const changed = [...now.pods]
      .filter(([name, time]) => isAfter(time, before?.pods.get(name)))
      .map(([, time]) => time);
    if (isAfter(now.service, before?.service)) changed.push(now.service);
    return changed.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }
}

function isAfter(time: string, other: string | undefined): boolean {
  return time !== '' && (other === undefined || other === '' || Date.parse(time) > Date.parse(other));
}

/** Annotations with the trigger time, or without one that is no longer true. */
export function withTriggerTime(
  annotations: Readonly<Record<string, string>> | undefined,
  time: string | undefined,
): { annotations?: Record<string, string> } {
  const { [TRIGGER_TIME]: _, ...others } = annotations ?? {};
  const all = { ...others, ...(time === undefined ? {} : { [TRIGGER_TIME]: time }) };
  return Object.keys(all).length === 0 ? {} : { annotations: all };
}
