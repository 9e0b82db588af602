/** Where nodes have their addresses: loopback ones of this machine, or network namespaces as hosts of their own. */
export type Network = 'loopback' | 'netns';

/** A host's address: each has a /24 of its own, 10.77.N.0/24, the hub's the 0th. They exist in namespaces only. */
export const hostAddress = (subnet: number): string => `10.77.${subnet}.1`;

/** The router's address on a host's link. */
export const gatewayAddress = (subnet: number): string => `10.77.${subnet}.254`;

/** Where nodes reach the hub's host. */
export function hubAddress(network: Network = 'loopback'): string {
  return network === 'netns' ? hostAddress(0) : '127.0.0.1';
}

/** The n-th node's address, from 1. */
export function nodeAddress(number: number, network: Network = 'loopback'): string {
  return network === 'netns' ? hostAddress(number) : `127.0.1.${number}`;
}
