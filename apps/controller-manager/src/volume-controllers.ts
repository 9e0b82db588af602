import type { ControllerEntry } from './controllers.ts';
import { createAttributesClassProtectionController } from './volumes/attributes-class-protection-controller.ts';
import { createVolumeBinder } from './volumes/binder-controller.ts';
import { createClaimProtectionController } from './volumes/claim-protection-controller.ts';
import { createVolumeProtectionController } from './volumes/volume-protection-controller.ts';

/** The loops that bind claims to volumes, and protect both. */
export const volumeControllers: readonly ControllerEntry[] = [
  {
    name: 'persistentvolume-binder-controller',
    account: 'persistent-volume-binder',
    component: 'persistentvolume-controller',
    create: createVolumeBinder,
  },
  {
    name: 'persistentvolumeclaim-protection-controller',
    account: 'pvc-protection-controller',
    component: 'pvc-protection-controller',
    create: createClaimProtectionController,
  },
  {
    name: 'persistentvolume-protection-controller',
    account: 'pv-protection-controller',
    component: 'pv-protection-controller',
    create: createVolumeProtectionController,
  },
  {
    name: 'volumeattributesclass-protection-controller',
    account: 'volumeattributesclass-protection-controller',
    component: 'volumeattributesclass-protection-controller',
    create: createAttributesClassProtectionController,
  },
];
