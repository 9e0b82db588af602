import type { OwnerReference, TypeMeta } from '@hawser/api';
import type { Named, Resource } from '@hawser/client';

/** The reference to the owner that manages an object, if one does. */
export function controllerOf({ metadata }: Named): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

/** Whether an object is managed by that very owner. */
export function isControlledBy(object: Named, owner: Named): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** The reference by which an object says that an owner manages it. */
export function controllerReference(owner: Named, kind: Resource): OwnerReference {
  const { name, uid = '' } = owner.metadata;
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Whether a reference is to an object of this kind, in whatever version. */
export function refersTo(
  { apiVersion, kind }: Pick<OwnerReference, keyof TypeMeta>,
  resource: Resource,
): boolean {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return kind === resource.kind && group === resource.group;
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}
