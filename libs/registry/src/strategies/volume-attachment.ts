import { type FieldError, forbiddenField, invalidValue, required, type VolumeAttachment } from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { immutableFaults } from '../validation/immutable.ts';
import { dnsSubdomainFault } from '../validation/names.ts';
import { driverNameFaults } from './csi.ts';
import { persistentVolumeSpecFaults } from './persistent-volume.ts';

/** kubernetes/pkg/registry/storage/volumeattachment, pkg/apis/storage/validation. */
export const volumeAttachmentStrategy: Strategy<VolumeAttachment & Record<string, unknown>> = {
  returnDeletedObject: true,

  prepareForCreate(attachment) {
    delete attachment.metadata.generation;
    attachment.status = { attached: false };
  },

  validate({ spec }) {
    if (spec === undefined) return [];
    const faults = driverNameFaults('spec.attacher', spec.attacher);
    const fault = spec.nodeName ? dnsSubdomainFault(spec.nodeName) : undefined;
    if (fault !== undefined) faults.push(invalidValue('spec.nodeName', spec.nodeName, fault));
    return [...faults, ...sourceFaults('spec.source', spec.source)];
  },

  validateUpdate: ({ spec }, old) => immutableFaults('spec', spec, old.spec),
};

const EITHER = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

function sourceFaults(at: string, source: VolumeAttachment['spec']['source'] | undefined): FieldError[] {
  if (source === undefined) return [];
  const { persistentVolumeName: name, inlineVolumeSpec: inline } = source;
  if (name === undefined) {
    return inline === undefined
      ? [required(at, EITHER)]
      : persistentVolumeSpecFaults(`${at}.inlineVolumeSpec`, inline, true);
  }
  if (inline !== undefined) return [forbiddenField(at, EITHER)];
  if (name === '')
    return [required(`${at}.persistentVolumeName`, 'must specify non empty persistentVolumeName')];
  const fault = dnsSubdomainFault(name);
  return fault === undefined ? [] : [invalidValue(`${at}.persistentVolumeName`, name, fault)];
}
