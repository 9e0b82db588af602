import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ProtobufError } from './protobuf-error.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const reader = (...bytes: number[]) => new WireReader(Buffer.from(bytes));

describe('WireReader', () => {
  test('reads back every integer that a number holds exactly', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const writer = new WireWriter();
        writer.writeVarint(value);
        expect(new WireReader(writer.finish()).readVarint()).toBe(value);
      }),
    );
  });

  const refused: { name: string; read: () => unknown; message: RegExp }[] = [
    {
      name: 'an integer that never ends',
      read: () => reader(...Array(11).fill(0xff)).readVarint(),
      message: /overflow/,
    },
    {
      name: 'an integer beyond 53 bits',
      read: () => reader(...Array(8).fill(0xff), 0x7f).readVarint(),
      message: /overflow/,
    },
    { name: 'an integer cut short', read: () => reader(0x80).readVarint(), message: /EOF/ },
    { name: 'a length beyond the end', read: () => reader(0x05, 0x61).readString(), message: /EOF/ },
    {
      name: 'a negative length',
      read: () => reader(...Array(9).fill(0xff), 0x01).readBytes(),
      message: /negative length/,
    },
    { name: 'field number 0', read: () => reader(0x02).readTag(), message: /illegal tag/ },
    { name: 'a group that does not end', read: () => skipped(0x0b, 0x08, 0x01), message: /EOF/ },
    { name: 'a group that another ends', read: () => skipped(0x0b, 0x14), message: /end of group/ },
    { name: 'an end without a group', read: () => skipped(0x0c), message: /illegal wireType/ },
    {
      name: 'groups nested without bound',
      read: () => skipped(...Array(1000).fill(0x0b)),
      message: /too deeply/,
    },
    { name: 'messages nested without bound', read: () => nested(1000), message: /too deeply/ },
  ];
  for (const { name, read, message } of refused)
    test(`refuses ${name}`, () => {
      expect(read).toThrow(ProtobufError);
      expect(read).toThrow(message);
    });

  test('passes over values of every wire type', () => {
    const all = reader(
      0x08,
      0x96,
      0x01,
      0x11,
      ...Array(8).fill(0),
      0x1a,
      1,
      0,
      0x23,
      0x08,
      1,
      0x24,
      0x2d,
      0,
      0,
      0,
      0,
    );
    const fields: number[] = [];
    while (!all.isAtEnd) {
      all.readTag();
      fields.push(all.field);
      all.skip();
    }
    expect(fields).toEqual([1, 2, 3, 4, 5]);
  });
});

function skipped(...bytes: number[]): void {
  const one = reader(...bytes);
  one.readTag();
  one.skip();
}

function nested(depth: number): WireReader {
  const write = (writer: WireWriter, left: number): void =>
    left === 0 ? undefined : writer.writeMessage(1, () => write(writer, left - 1));
  const writer = new WireWriter();
  write(writer, depth);
  let message = new WireReader(writer.finish());
  for (let i = 0; i < depth; i++) {
    message.readTag();
    message = message.readMessage();
  }
  return message;
}
