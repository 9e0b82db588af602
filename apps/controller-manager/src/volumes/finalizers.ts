import type { ObjectMeta } from '@hawser/api';

interface Held {
  metadata: ObjectMeta;
}

/** Whether an object that is being deleted still waits for this finalizer. */
export function waitsFor({ metadata }: Held, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes(finalizer) ?? false);
}

/** Whether an object that is not being deleted lacks a finalizer that it should have. */
export function lacks({ metadata }: Held, finalizer: string): boolean {
  return metadata.deletionTimestamp === undefined && !metadata.finalizers?.includes(finalizer);
}

/** The object without a finalizer; the cached one stays as it is. */
export function withoutFinalizer<T extends Held>(object: T, finalizer: string): T {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

/** The object with one finalizer more. */
export function withFinalizer<T extends Held>(object: T, finalizer: string): T {
  const finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  return { ...object, metadata: { ...object.metadata, finalizers } };
}
