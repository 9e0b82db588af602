import { BlockList, isIPv4 } from 'node:net';
import {
  type FieldError,
  forbiddenField,
  type IPBlock,
  invalidValue,
  type NetworkPolicy,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  required,
} from '@hawser/api';
import type { Strategy } from '../../strategy.ts';
import { cidrFaults, portNumberFaults, portNumberOrNameFaults } from '../../validation/addresses.ts';
import { labelSelectorFaults } from '../label-selector-faults.ts';

type Data = NetworkPolicy & Record<string, unknown>;

export const networkPolicyStrategy: Strategy<Data> = {
  countsGenerations: true,

  prepareForCreate: complete,
  prepareForUpdate: complete,

  validate({ spec }) {
    const { podSelector, ingress = [], egress = [], policyTypes = [] } = spec;
    const faults = podSelector === undefined ? [] : labelSelectorFaults('spec.podSelector', podSelector);
    ingress.forEach(({ ports = [], from = [] }, i) => {
      const at = `spec.ingress[${i}]`;
      for (const fault of ports.flatMap((port, j) => portFaults(port, `${at}.ports[${j}]`)))
        faults.push(fault);
      for (const fault of from.flatMap((peer, j) => peerFaults(peer, `${at}.from[${j}]`))) faults.push(fault);
    });
    egress.forEach(({ ports = [], to = [] }, i) => {
      const at = `spec.egress[${i}]`;
      for (const fault of ports.flatMap((port, j) => portFaults(port, `${at}.ports[${j}]`)))
        faults.push(fault);
      for (const fault of to.flatMap((peer, j) => peerFaults(peer, `${at}.to[${j}]`))) faults.push(fault);
    });
    if (policyTypes.length > 2)
      faults.push(invalidValue('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes'));
    return faults;
  },
};

/** networking/v1 defaults.go: what it is about follows from whether it has rules for egress. */
function complete(policy: Data): void {
  policy.spec ??= {} as Data['spec'];
  const { spec } = policy;
  spec.podSelector ??= {};
  if ((spec.policyTypes ?? []).length > 0) return;
  spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

function portFaults({ port, endPort }: NetworkPolicyPort, at: string): FieldError[] {
  const endAt = `${at}.endPort`;
  const refuseEnd = (detail: string) => (endPort === undefined ? [] : [invalidValue(endAt, endPort, detail)]);
  if (port === undefined) return refuseEnd('may not be specified when `port` is not specified');
  if (typeof port === 'string')
    return [
      ...refuseEnd('may not be specified when `port` is non-numeric'),
      ...portNumberOrNameFaults(`${at}.port`, port),
    ];
  const faults = portNumberFaults(`${at}.port`, port);
  if (endPort === undefined) return faults;
  if (endPort < port) faults.push(invalidValue(endAt, endPort, 'must be greater than or equal to `port`'));
  return [...faults, ...portNumberFaults(endAt, endPort)];
}

function peerFaults(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  at: string,
): FieldError[] {
  const faults: FieldError[] = [];
  if (podSelector !== undefined)
    for (const fault of labelSelectorFaults(`${at}.podSelector`, podSelector)) faults.push(fault);
  if (namespaceSelector !== undefined)
    for (const fault of labelSelectorFaults(`${at}.namespaceSelector`, namespaceSelector)) faults.push(fault);
  if (ipBlock !== undefined) faults.push(...blockFaults(ipBlock, `${at}.ipBlock`));
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) faults.push(required(at, 'must specify a peer'));
  if (selects && ipBlock !== undefined)
    faults.push(forbiddenField(at, 'may not specify both ipBlock and another peer'));
  return faults;
}

function blockFaults({ cidr, except = [] }: IPBlock, at: string): FieldError[] {
  // That it is missing is told by the schema.
  if (!cidr) return [];
  const faults = cidrFaults(`${at}.cidr`, cidr);
  const outside = faults.length > 0 ? () => false : outsideOf(cidr);
  except.forEach((text, i) => {
    const field = `${at}.except[${i}]`;
    const own = cidrFaults(field, text);
    for (const fault of own) faults.push(fault);
    if (own.length === 0 && outside(text))
      faults.push(invalidValue(field, text, 'must be a strict subset of `cidr`'));
  });
  return faults;
}

/** Tells whether a valid range is not wholly, and not strictly, within another. */
function outsideOf(cidr: string): (inner: string) => boolean {
  const outer = parts(cidr);
  const block = new BlockList();
  block.addSubnet(outer.address, outer.bits, outer.family);
  return (inner) => {
    const { address, bits, family } = parts(inner);
    return bits <= outer.bits || !block.check(address, family);
  };
}

function parts(cidr: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } {
  const [address = '', bits = ''] = cidr.split('/');
  return { address, bits: Number(bits), family: isIPv4(address) ? 'ipv4' : 'ipv6' };
}
