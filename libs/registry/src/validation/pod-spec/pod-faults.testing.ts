/** A pod as it stands before validation, and what validation says of it, for the tests of this folder. */
import { applyDefaults, fieldErrorMessage, type Pod, pods } from '@hawser/api';
import { writer } from '../../resource.testing.ts';
import { podStrategy } from '../../strategies/pod.ts';
import { validateMetadata } from '../validate-metadata.ts';
import { validateSchema } from '../validate-schema.ts';

export type Data = Pod & Record<string, unknown>;

/** @param spec what differs from a pod with one container `c` of image `i`. */
export function completedPod(spec: object, metadata: object = {}): Data {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', ...metadata },
    spec: { containers: [{ name: 'c', image: 'i' }], ...structuredClone(spec) },
  } as unknown as Data;
  podStrategy.prepareForCreate!(pod, writer);
  applyDefaults(pods.schema, pod);
  return pod;
}

/** Every fault that a new pod has, as upstream prints it. */
export function faultsOfPod(pod: Data): string[] {
  return [
    ...validateMetadata(pods, pod),
    ...validateSchema(pods.schema, pod),
    ...podStrategy.validate!(pod),
    ...podStrategy.validateCreate!(pod),
  ].map(fieldErrorMessage);
}
