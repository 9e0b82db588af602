import type { IncomingMessage } from 'node:http';
import { decodeProtobuf, type TypeMeta } from '@hawser/api';
import type { Json } from './wire-client.ts';

/**
 * The events of a watch in protobuf, read as upstream's client does: four bytes of length, big endian, then a
 * WatchEvent. Its fields are taken apart here by hand, so that what the hub frames is not read by its own code.
 */
export async function* protobufEvents(
  response: IncomingMessage,
): AsyncGenerator<{ type: string; object: Json }> {
  for await (const frame of frames(response)) {
    const [type, object] = fieldsOf(frame);
    const [raw] = fieldsOf(object!);
    yield { type: type!.toString(), object: decodeProtobuf(raw!) satisfies TypeMeta as Json };
  }
}

async function* frames(response: IncomingMessage): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0);
  for await (const chunk of response) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
      const end = 4 + pending.readUInt32BE(0);
      yield pending.subarray(4, end);
      pending = pending.subarray(end);
    }
  }
  if (pending.length > 0) throw new Error(`${pending.length} bytes after the last whole frame`);
}

/** The length-delimited fields 1, 2, … of a message that has no others, in their order. */
function fieldsOf(message: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at < message.length; ) {
    const tag = message[at++];
    if (tag !== (fields.length + 1) * 8 + 2) throw new Error(`tag ${tag} for field ${fields.length + 1}`);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]!;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (at + size > message.length) throw new Error('a field reaches past its message');
    fields.push(message.subarray(at, at + size));
    at += size;
  }
  return fields;
}
