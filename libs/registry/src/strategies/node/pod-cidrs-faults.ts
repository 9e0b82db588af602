import { duplicate, type FieldError, invalidValue } from '@hawser/api';
import { cidrFaults } from '../../validation/addresses.ts';

/** Faults of the ranges from which the pods of a node get their addresses: one of each family at most. */
export function podCidrsFaults(at: string, cidrs: readonly string[] = []): FieldError[] {
  const faults = cidrs.flatMap((cidr, i) => cidrFaults(`${at}[${i}]`, cidr));
  if (cidrs.length < 2) return faults;
  const families = new Set(cidrs.map((cidr) => cidr.includes(':')));
  if (families.size < 2 || cidrs.length > 2)
    faults.push(invalidValue(at, cidrs, 'may specify no more than one CIDR for each IP family'));
  const seen = new Set<string>();
  cidrs.forEach((cidr, i) => {
    if (seen.size === seen.add(cidr).size) faults.push(duplicate(`${at}[${i}]`, cidr));
  });
  return faults;
}
