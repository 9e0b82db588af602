import type { Pod } from '@hawser/api';
import type { Lister } from '@hawser/authn';
import { type PodReferences, podReferences, type ReferencedResource } from './pod-references.ts';

/** More witnesses than this are not remembered; then all are forgotten and looked for again. */
const MAX_WITNESSES = 65_536;

/**
 * Which node has to do with which objects, by way of its pods. That one pod needs an object is remembered as
 * the pod's name, and checked again with every question: one look-up, however many pods change in between.
 * Only without such a witness are the pods grouped by node, once a version.
 */
export class NodePods {
  readonly #pods: Lister<Pod>;
  readonly #witnesses = new Map<string, string>();
  readonly #references = new WeakMap<Pod, PodReferences>();
  #byNode: ReadonlyMap<string, readonly Pod[]> = new Map();
  #version: number | undefined;

  constructor(pods: Lister<Pod>) {
    this.#pods = pods;
  }

  /** Whether the pod is bound to the node. */
  has(node: string, namespace: string, name: string): boolean {
    return this.#pods.get(namespace, name)?.spec.nodeName === node;
  }

  /** Whether the pod is bound elsewhere, or not yet; one that is gone is nobody's. */
  isForeign(node: string, namespace: string, name: string): boolean {
    const pod = this.#pods.get(namespace, name);
    return pod !== undefined && pod.spec.nodeName !== node;
  }

  /** Whether a pod bound to the node refers to the object. */
  refersTo(node: string, resource: ReferencedResource, namespace: string, name: string): boolean {
    const key = JSON.stringify([node, resource, namespace, name]);
    const isWitness = (pod: Pod | undefined): pod is Pod =>
      pod?.spec.nodeName === node &&
      pod.metadata.namespace === namespace &&
      this.#referencesOf(pod)[resource].has(name);
    const known = this.#witnesses.get(key);
    if (known !== undefined && isWitness(this.#pods.get(namespace, known))) return true;
    const found = this.#podsOf(node).find(isWitness);
    this.#remember(key, found?.metadata.name);
    return found !== undefined;
  }

  #remember(key: string, witness: string | undefined): void {
    if (witness === undefined) return void this.#witnesses.delete(key);
    if (this.#witnesses.size >= MAX_WITNESSES) this.#witnesses.clear();
    this.#witnesses.set(key, witness);
  }

  #podsOf(node: string): readonly Pod[] {
    const { version } = this.#pods;
    if (version !== this.#version) {
      this.#byNode = Map.groupBy(this.#pods.list(), (pod) => pod.spec.nodeName ?? '');
      this.#version = version;
    }
    return node === '' ? [] : (this.#byNode.get(node) ?? []);
  }

  #referencesOf(pod: Pod): PodReferences {
    const known = this.#references.get(pod);
    if (known !== undefined) return known;
    const references = podReferences(pod);
    this.#references.set(pod, references);
    return references;
  }
}
