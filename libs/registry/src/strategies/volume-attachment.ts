import {
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
  type VolumeAttachment,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { immutableFaults } from '../validation/immutable.ts';
import { dnsSubdomainFault } from '../validation/names.ts';
import { MAX_INT32, rangeFaults } from '../validation/value-faults.ts';
import { driverNameFaults } from './csi.ts';
import { persistentVolumeSpecFaults } from './persistent-volume.ts';

type Status = NonNullable<VolumeAttachment['status']>;

/** kubernetes/pkg/registry/storage/volumeattachment, pkg/apis/storage/validation. */
export const volumeAttachmentStrategy: Strategy<VolumeAttachment & Record<string, unknown>> = {
  returnDeletedObject: true,
  needsVersionOnUpdate: true,

  prepareForCreate(attachment) {
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

  validateStatusUpdate: ({ status = {} }) => statusFaults(status),
};

/** Upstream's bounds on what a driver reports (pkg/apis/storage/validation). */
const MAX_METADATA_BYTES = 256 * 1024;
const MAX_MESSAGE_BYTES = 1024;

function statusFaults({ attachmentMetadata = {}, attachError, detachError }: Partial<Status>): FieldError[] {
  const size = Object.entries(attachmentMetadata).flat().join('');
  const faults: FieldError[] =
    Buffer.byteLength(size) > MAX_METADATA_BYTES
      ? [tooLong('status.attachmentMetadata', MAX_METADATA_BYTES)]
      : [];
  for (const [name, error] of Object.entries({ attachError, detachError })) {
    if (Buffer.byteLength(error?.message ?? '') > MAX_MESSAGE_BYTES)
      faults.push(tooLong(`status.${name}.message`, MAX_METADATA_BYTES));
    faults.push(...rangeFaults(`status.${name}.errorCode`, error?.errorCode, 0, MAX_INT32));
  }
  return faults;
}

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
