import { inflateRawSync } from 'node:zlib';

/** Signatures and offsets of PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16. */
const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * The bytes of one file in a zip archive, by its full name. Reads the central directory, so that archives
 * written as streams work too; archives above 4 GiB (zip64) and encrypted ones are not read.
 */
export function readZipEntry(archive, name) {
  for (const entry of directoryEntries(archive)) {
    if (entry.name === name) return readData(archive, entry);
  }
  throw new Error(`no ${name} in the archive`);
}

function* directoryEntries(archive) {
  const end = findEnd(archive);
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('zip directory is damaged');
    const nameLength = archive.readUInt16LE(at + 28);
    yield {
      method: archive.readUInt16LE(at + 10),
      compressedSize: archive.readUInt32LE(at + 20),
      size: archive.readUInt32LE(at + 24),
      headerOffset: archive.readUInt32LE(at + 42),
      name: archive.toString('utf8', at + 46, at + 46 + nameLength),
    };
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
}

/** The end record is the last thing in the file but for a comment of at most 65,535 bytes. */
function findEnd(archive) {
  for (let at = archive.length - 22; at >= 0 && at >= archive.length - 22 - 0xffff; at--) {
    if (archive.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new Error('not a zip archive');
}

function readData(archive, { method, compressedSize, size, headerOffset, name }) {
  const start =
    headerOffset + 30 + archive.readUInt16LE(headerOffset + 26) + archive.readUInt16LE(headerOffset + 28);
  const compressed = archive.subarray(start, start + compressedSize);
  if (method !== STORED && method !== DEFLATED) throw new Error(`${name} is compressed by method ${method}`);
  const data = method === STORED ? compressed : inflateRawSync(compressed);
  if (data.length !== size) throw new Error(`${name} is damaged`);
  return data;
}
