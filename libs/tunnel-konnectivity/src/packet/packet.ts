/** Upstream's PacketType, in the order of their numbers (konnectivity-client/proto/client/client.proto). */
export const PACKET_TYPES = [
  'DIAL_REQ',
  'DIAL_RSP',
  'CLOSE_REQ',
  'CLOSE_RSP',
  'DATA',
  'DIAL_CLS',
  'DRAIN',
] as const;

export type PacketType = (typeof PACKET_TYPES)[number];

/**
 * What servers, agents and front ends send each other. A dial is known by the 63 random bits of who asks for it, a
 * connection by the number that the agent gives it, counted from 1.
 */
export type Packet =
  | {
      readonly type: 'DIAL_REQ';
      readonly protocol: string;
      readonly address: string;
      readonly random: bigint;
    }
  | { readonly type: 'DIAL_RSP'; readonly error: string; readonly connectID: number; readonly random: bigint }
  | { readonly type: 'CLOSE_REQ'; readonly connectID: number }
  | { readonly type: 'CLOSE_RSP'; readonly error: string; readonly connectID: number }
  | { readonly type: 'DATA'; readonly connectID: number; readonly error: string; readonly data: Buffer }
  | { readonly type: 'DIAL_CLS'; readonly random: bigint }
  | { readonly type: 'DRAIN' };

/** The number of the payload's field that goes with each type; also its place in upstream's `oneof`. */
export const PAYLOAD_FIELD: Readonly<Record<PacketType, number>> = {
  DIAL_REQ: 2,
  DIAL_RSP: 3,
  DATA: 4,
  CLOSE_REQ: 5,
  CLOSE_RSP: 6,
  DIAL_CLS: 7,
  DRAIN: 8,
};

/** Bytes that are no packet: who sends them does not speak the protocol. */
export class PacketError extends Error {
  override name = 'PacketError';
}
