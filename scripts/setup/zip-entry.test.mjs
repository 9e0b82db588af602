import { describe, expect, test } from 'bun:test';
import { deflateRawSync } from 'node:zlib';
import { readZipEntry } from './zip-entry.mjs';

/** An archive as streaming writers make it: sizes stand in the directory only. */
function createArchive(files, { comment = '' } = {}) {
  const locals = [];
  const entries = [];
  let offset = 0;
  for (const { name, text, method } of files) {
    const data = method === 8 ? deflateRawSync(text) : Buffer.from(text);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(4, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(text.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    const parts = [local, Buffer.from(name), Buffer.from('xtra'), data];
    locals.push(...parts);
    entries.push(entry, Buffer.from(name));
    offset += Buffer.concat(parts).length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, ...entries, end, Buffer.from(comment)]);
}

describe('a file in a zip archive', () => {
  const files = [
    { name: 'helm/helm', text: 'stored', method: 0 },
    { name: 'kubectl/kubectl', text: 'deflated '.repeat(1000), method: 8 },
  ];
  test('is read whether stored or deflated, behind other files, before a comment', () => {
    const archive = createArchive(files, { comment: 'made by hand' });
    for (const { name, text } of files) expect(readZipEntry(archive, name).toString()).toBe(text);
  });
  test('is missing: says which', () => {
    expect(() => readZipEntry(createArchive(files), 'kubectl')).toThrow('no kubectl in the archive');
  });
  test('is of an unknown method, damaged, or in no archive at all: refused', () => {
    expect(() => readZipEntry(createArchive([{ name: 'a', text: 'x', method: 12 }]), 'a')).toThrow(
      'method 12',
    );
    expect(() => readZipEntry(Buffer.from('not a zip archive, just text'), 'a')).toThrow('not a zip archive');
  });
});
