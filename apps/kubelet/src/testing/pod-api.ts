import type { ServerResponse } from 'node:http';
import type { Pod } from '@hawser/api';
import { answer, refusal, type TestRequest } from '@hawser/client/testing';

/**
 * The API server's pods as far as a kubelet's writing goes: status patches with their preconditions, and the last
 * delete. Only for tests of one class; integration tests have the real one.
 */
export class PodApi {
  readonly pods = new Map<string, Pod>();
  readonly patches: Pod[] = [];
  /** Told of each change. */
  onChange: (type: 'MODIFIED' | 'DELETED', pod: Pod) => void = () => {};
  #version = 100;

  add(pod: Pod): Pod {
    const stored = structuredClone(pod);
    stored.metadata.resourceVersion = String(++this.#version);
    this.pods.set(pod.metadata.name, stored);
    return stored;
  }

  /** Changes a pod as another client would. */
  change(name: string, change: (pod: Pod) => void): Pod {
    const pod = structuredClone(this.pods.get(name)!);
    change(pod);
    const stored = this.add(pod);
    this.onChange('MODIFIED', stored);
    return stored;
  }

  handle(request: TestRequest, response: ServerResponse): void {
    const match = /^\/api\/v1\/namespaces\/default\/pods\/([^/?]+)(\/status)?$/.exec(
      request.url.split('?')[0]!,
    );
    const pod = match && this.pods.get(match[1]!);
    if (!pod) answer(response, 404, refusal(404, 'NotFound'));
    else if (request.method === 'PATCH') this.#patch(pod, JSON.parse(request.body) as Pod, response);
    else if (request.method === 'DELETE') this.#delete(pod, response);
    else answer(response, 200, pod);
  }

  #patch(pod: Pod, patch: Pod, response: ServerResponse): void {
    const { uid, resourceVersion } = patch.metadata;
    if (uid !== pod.metadata.uid || resourceVersion !== pod.metadata.resourceVersion)
      return void answer(response, 409, refusal(409, 'Conflict'));
    this.patches.push(patch);
    const stored = this.change(pod.metadata.name, (changed) => {
      changed.status = { ...changed.status, ...patch.status };
    });
    answer(response, 200, stored);
  }

  #delete(pod: Pod, response: ServerResponse): void {
    this.pods.delete(pod.metadata.name);
    this.onChange('DELETED', pod);
    answer(response, 200, { kind: 'Status', status: 'Success' });
  }
}
