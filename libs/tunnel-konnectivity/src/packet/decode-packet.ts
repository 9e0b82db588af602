import { PACKET_TYPES, PAYLOAD_FIELD, type Packet } from './packet.ts';
import { ProtoReader, Wire } from './proto-reader.ts';

const TYPE_FIELD = 1;
const LAST_PAYLOAD_FIELD = 8;

interface Fields {
  protocol: string;
  address: string;
  error: string;
  connectID: number;
  random: bigint;
  data: Buffer;
}

/** The fields of each payload, by the payload's number and theirs. */
const FIELDS: Readonly<Record<number, Readonly<Record<number, keyof Fields>>>> = {
  2: { 1: 'protocol', 2: 'address', 3: 'random' },
  3: { 1: 'error', 2: 'connectID', 3: 'random' },
  4: { 1: 'connectID', 2: 'error', 3: 'data' },
  5: { 1: 'connectID' },
  6: { 1: 'error', 2: 'connectID' },
  7: { 1: 'random' },
  8: {},
};

const NO_DATA = Buffer.alloc(0);

/**
 * @param bytes of which DATA keeps a part, without copying it.
 * @returns the packet; what is not in it is zero or empty, as proto3 has it. Undefined for one of a type that is not
 * known, which upstream passes over.
 * @throws PacketError on bytes that are no packet.
 */
export function decodePacket(bytes: Buffer): Packet | undefined {
  const reader = new ProtoReader(bytes);
  let number = 0;
  let payload = 0;
  let fields = noFields();
  while (!reader.done) {
    const [field, wire] = reader.tag();
    if (field === TYPE_FIELD && wire === Wire.varint) number = Number(BigInt.asIntN(32, reader.int64()));
    else if (field > TYPE_FIELD && field <= LAST_PAYLOAD_FIELD && wire === Wire.bytes) {
      // Of a oneof the last counts; the same again is merged.
      if (field !== payload) fields = noFields();
      payload = field;
      readFields(new ProtoReader(reader.data()), FIELDS[field]!, fields);
    } else reader.skip(field, wire);
  }
  const type = PACKET_TYPES[number];
  if (type === undefined) return undefined;
  return packetOf(type, payload === PAYLOAD_FIELD[type] ? fields : noFields());
}

function noFields(): Fields {
  return { protocol: '', address: '', error: '', connectID: 0, random: 0n, data: NO_DATA };
}

function readFields(reader: ProtoReader, names: Readonly<Record<number, keyof Fields>>, to: Fields): void {
  while (!reader.done) {
    const [field, wire] = reader.tag();
    const name = names[field];
    if (name === 'connectID' && wire === Wire.varint) to.connectID = reader.number();
    else if (name === 'random' && wire === Wire.varint) to.random = reader.int64();
    else if (name === 'data' && wire === Wire.bytes) to.data = reader.data();
    else if (isText(name) && wire === Wire.bytes) to[name] = reader.text();
    else reader.skip(field, wire);
  }
}

function isText(name: keyof Fields | undefined): name is 'protocol' | 'address' | 'error' {
  return name === 'protocol' || name === 'address' || name === 'error';
}

function packetOf(type: Packet['type'], fields: Fields): Packet {
  const { protocol, address, error, connectID, random, data } = fields;
  switch (type) {
    case 'DIAL_REQ':
      return { type, protocol, address, random };
    case 'DIAL_RSP':
      return { type, error, connectID, random };
    case 'CLOSE_REQ':
      return { type, connectID };
    case 'CLOSE_RSP':
      return { type, error, connectID };
    case 'DATA':
      return { type, connectID, error, data };
    case 'DIAL_CLS':
      return { type, random };
    case 'DRAIN':
      return { type };
  }
}
