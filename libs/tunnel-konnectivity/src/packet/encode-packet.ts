import { PACKET_TYPES, PAYLOAD_FIELD, type Packet } from './packet.ts';
import { Wire } from './proto-reader.ts';

/** @returns the packet in protobuf, in upstream's order of fields; zero and empty values are left out. */
export function encodePacket(packet: Packet): Buffer {
  if (packet.type === 'DATA') return Buffer.concat(encodeData(packet.connectID, packet.data, packet.error));
  return Buffer.concat(frame(packet, fieldsOf(packet)));
}

/** @returns a DATA packet in parts, of which the last is the data itself. */
export function encodeData(connectID: number, data: Buffer, error = ''): Buffer[] {
  const head = [...number(1, connectID), ...text(2, error)];
  return frame({ type: 'DATA' }, data.length === 0 ? head : [...head, ...tag(3, data.length), data]);
}

function fieldsOf(packet: Exclude<Packet, { type: 'DATA' }>): (number | Buffer)[] {
  switch (packet.type) {
    case 'DIAL_REQ':
      return [...text(1, packet.protocol), ...text(2, packet.address), ...int64(3, packet.random)];
    case 'DIAL_RSP':
      return [...text(1, packet.error), ...number(2, packet.connectID), ...int64(3, packet.random)];
    case 'CLOSE_REQ':
      return number(1, packet.connectID);
    case 'CLOSE_RSP':
      return [...text(1, packet.error), ...number(2, packet.connectID)];
    case 'DIAL_CLS':
      return int64(1, packet.random);
    case 'DRAIN':
      return [];
  }
}

/** Puts a packet's type before its payload, both with their tags. Numbers are single bytes. */
function frame({ type }: { type: Packet['type'] }, payload: (number | Buffer)[]): Buffer[] {
  const { head, body, size } = gather(payload);
  const code = PACKET_TYPES.indexOf(type);
  const before = [...(code === 0 ? [] : [8, code]), ...tag(PAYLOAD_FIELD[type], size), ...head];
  return [Buffer.from(before), ...body];
}

/** The bytes up to the first buffer, the rest, and how many there are of both. */
function gather(payload: (number | Buffer)[]): { head: number[]; body: Buffer[]; size: number } {
  const head: number[] = [];
  const body: Buffer[] = [];
  let size = 0;
  for (const part of payload) {
    size += typeof part === 'number' ? 1 : part.length;
    if (typeof part !== 'number') body.push(part);
    else if (body.length === 0) head.push(part);
    else body.push(Buffer.of(part));
  }
  return { head, body, size };
}

function text(field: number, value: string): (number | Buffer)[] {
  const bytes = Buffer.from(value);
  return bytes.length === 0 ? [] : [...tag(field, bytes.length), bytes];
}

function number(field: number, value: number): number[] {
  return value === 0 ? [] : [field * 8 + Wire.varint, ...varint(value)];
}

function int64(field: number, value: bigint): number[] {
  if (value === 0n) return [];
  const bytes = [field * 8 + Wire.varint];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

function tag(field: number, length: number): number[] {
  return [field * 8 + Wire.bytes, ...varint(length)];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
