import { expect, test } from 'bun:test';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { decodePacket } from './decode-packet.ts';
import { encodeData, encodePacket } from './encode-packet.ts';
import { PACKET_TYPES, type Packet, PacketError } from './packet.ts';

/** The protocol's messages (apiserver-network-proxy 0.36), for a codec that is not ours. */
const { root } = protobuf.parse(`syntax = "proto3";
enum Kind { DIAL_REQ = 0; DIAL_RSP = 1; CLOSE_REQ = 2; CLOSE_RSP = 3; DATA = 4; DIAL_CLS = 5; DRAIN = 6; }
message Packet {
  Kind type = 1;
  oneof payload {
    DialRequest dialRequest = 2; DialResponse dialResponse = 3; Data data = 4; CloseRequest closeRequest = 5;
    CloseResponse closeResponse = 6; CloseDial closeDial = 7; Drain drain = 8;
  }
}
message DialRequest { string protocol = 1; string address = 2; int64 random = 3; }
message DialResponse { string error = 1; int64 connectID = 2; int64 random = 3; }
message Data { int64 connectID = 1; string error = 2; bytes data = 3; }
message CloseRequest { int64 connectID = 1; }
message CloseResponse { string error = 1; int64 connectID = 2; }
message CloseDial { int64 random = 1; }
message Drain {}`);
const Oracle = root.lookupType('Packet');

const PAYLOAD = {
  DIAL_REQ: 'dialRequest',
  DIAL_RSP: 'dialResponse',
  CLOSE_REQ: 'closeRequest',
  CLOSE_RSP: 'closeResponse',
  DATA: 'data',
  DIAL_CLS: 'closeDial',
  DRAIN: 'drain',
} as const;

/** The packet as the other codec writes it. */
function oracleBytes({ type, ...fields }: Packet): Buffer {
  const plain = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'bigint' ? `${value}` : value]),
  );
  const message = Oracle.fromObject({ type: PACKET_TYPES.indexOf(type), [PAYLOAD[type]]: plain });
  return Buffer.from(Oracle.encode(message).finish());
}

/** What the other codec reads. */
function whole(bytes: Buffer) {
  return Oracle.toObject(Oracle.decode(bytes), { defaults: true });
}

const text = fc.string({ unit: 'grapheme', minLength: 1 });
const random = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
const connectID = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const anyPacket: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({ type: fc.constant('DIAL_REQ' as const), protocol: text, address: text, random }),
  fc.record({ type: fc.constant('DIAL_RSP' as const), error: text, connectID, random }),
  fc.record({ type: fc.constant('CLOSE_REQ' as const), connectID }),
  fc.record({ type: fc.constant('CLOSE_RSP' as const), error: text, connectID }),
  fc.record({
    type: fc.constant('DATA' as const),
    connectID,
    error: text,
    data: fc.uint8Array({ minLength: 1, maxLength: 20_000 }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({ type: fc.constant('DIAL_CLS' as const), random }),
  fc.record({ type: fc.constant('DRAIN' as const) }),
);

test('packets are the bytes that another codec of the same messages writes', () => {
  fc.assert(
    fc.property(anyPacket, (packet) => {
      const bytes = encodePacket(packet);
      expect(whole(bytes)).toEqual(whole(oracleBytes(packet)));
      // DIAL_REQ is type 0, which proto3 leaves out and that codec writes.
      if (packet.type !== 'DIAL_REQ') expect(bytes.toString('hex')).toBe(oracleBytes(packet).toString('hex'));
      expect(decodePacket(oracleBytes(packet))).toEqual(packet);
      expect(decodePacket(bytes)).toEqual(packet);
    }),
  );
});

/** As Go's encoder writes them: worked out by hand from the field numbers. */
const fixtures: { packet: Packet; hex: string }[] = [
  {
    packet: { type: 'DIAL_REQ', protocol: 'tcp', address: '10.0.0.1:80', random: 300n },
    hex: '12150a03746370120b31302e302e302e313a383018ac02',
  },
  { packet: { type: 'DIAL_RSP', error: '', connectID: 1, random: 300n }, hex: '08011a05100118ac02' },
  { packet: { type: 'DIAL_RSP', error: 'no', connectID: 0, random: 1n }, hex: '08011a060a026e6f1801' },
  { packet: { type: 'CLOSE_REQ', connectID: 128 }, hex: '08022a03088001' },
  { packet: { type: 'CLOSE_RSP', error: '', connectID: 2 }, hex: '080332021002' },
  { packet: { type: 'DATA', connectID: 1, error: '', data: Buffer.from('hi') }, hex: '0804220608011a026869' },
  { packet: { type: 'DIAL_CLS', random: -1n }, hex: '08053a0b08ffffffffffffffffff01' },
  { packet: { type: 'DRAIN' }, hex: '08064200' },
];
for (const { packet, hex } of fixtures)
  test(`${packet.type} is ${hex}`, () => {
    expect(encodePacket(packet).toString('hex')).toBe(hex);
    expect(decodePacket(Buffer.from(hex, 'hex'))).toEqual(packet);
  });

test('data is neither copied when it is encoded nor when it is decoded', () => {
  const data = Buffer.from('hello');
  expect(encodeData(7, data).at(-1)).toBe(data);
  const bytes = Buffer.concat(encodeData(7, data));
  const packet = decodePacket(bytes) as Packet & { type: 'DATA' };
  expect(packet.data.buffer).toBe(bytes.buffer);
  expect(packet.data.byteOffset - bytes.byteOffset).toBe(bytes.length - data.length);
});

const odd: { name: string; hex: string; packet: Packet | undefined }[] = [
  {
    name: 'unknown fields, groups too, are passed over',
    hex: '0802 f80601 7a0161 2a05 0809 120178 930108019401',
    packet: { type: 'CLOSE_REQ', connectID: 9 },
  },
  { name: 'a type that is not known is nothing', hex: '0863 2a020801', packet: undefined },
  { name: 'a negative type is nothing', hex: '08ffffffffffffffffff01', packet: undefined },
  {
    name: 'what is absent is zero',
    hex: '0804',
    packet: { type: 'DATA', connectID: 0, error: '', data: Buffer.alloc(0) },
  },
  {
    name: 'a payload of another type does not count',
    hex: '0802 22020801',
    packet: { type: 'CLOSE_REQ', connectID: 0 },
  },
  {
    name: 'of a oneof the last counts',
    hex: '0802 22020805 2a020806',
    packet: { type: 'CLOSE_REQ', connectID: 6 },
  },
  {
    name: 'the same payload again is merged',
    hex: '0803 32030a0178 32021006',
    packet: { type: 'CLOSE_RSP', error: 'x', connectID: 6 },
  },
  {
    name: 'a field of another wire type is not known',
    hex: '0802 2a030a0178',
    packet: { type: 'CLOSE_REQ', connectID: 0 },
  },
];
for (const { name, hex, packet } of odd)
  test(name, () => {
    expect(decodePacket(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toEqual(packet);
  });

const malformed = [
  { name: 'a payload that is cut short', hex: '08022a05 08' },
  { name: 'a number without end', hex: '08ffffffffffffffffffffff' },
  { name: 'a connection ID of more than 53 bits', hex: '08022a0a 08ffffffffffffffff7f' },
  { name: 'a negative connection ID', hex: '08022a0b 08ffffffffffffffffff01' },
  { name: 'text that is no UTF-8', hex: '080332030a01ff' },
  { name: 'field zero', hex: '0001' },
  { name: 'the end of a group that never began', hex: '0802 f406' },
  { name: 'a group that has the wrong end', hex: '0802 f306 fc06' },
  { name: 'a wire type that does not exist', hex: '080f 0f' },
  { name: 'groups that are too deep', hex: 'f306'.repeat(100) },
];
for (const { name, hex } of malformed)
  test(`refuses ${name}`, () => {
    expect(() => decodePacket(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toThrow(PacketError);
  });

test('garbage is refused or decoded, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      try {
        decodePacket(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(PacketError);
      }
    }),
    { numRuns: 2_000 },
  );
});
