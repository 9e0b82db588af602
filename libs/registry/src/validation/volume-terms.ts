import { type FieldError, forbiddenField, invalidValue, required } from '@hawser/api';
import { dnsSubdomainFault } from './names.ts';

/** Faults of access modes, those of a volume or of a claim. */
export function accessModeFaults(at: string, modes: readonly string[] = [], detail = ''): FieldError[] {
  if (modes.length === 0) return [required(`${at}.accessModes`, detail)];
  const mixed = modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod');
  return mixed
    ? [forbiddenField(`${at}.accessModes`, 'may not use ReadWriteOncePod with other access modes')]
    : [];
}

/** Faults of a class's name; an empty one is none. */
export function classNameFaults(at: string, name: string | undefined): FieldError[] {
  const fault = name ? dnsSubdomainFault(name) : undefined;
  return fault === undefined ? [] : [invalidValue(at, name, fault)];
}
