import type { AnyMessage, Kind } from '@hawser/api';
import type { AnyObject } from '../any-object.ts';

/**
 * The bytes of an object. What is stored has no resourceVersion: that is the revision which the store gives to
 * the write. So that an object is serialised once, not once more when its revision is known, its bytes begin in
 * a fixed way, `{"kind":…,"apiVersion":…,"metadata":{`, and the resourceVersion is put in at that place.
 */

const heads = new WeakMap<Kind<AnyMessage>, string>();

function headOf(kind: Kind): string {
  let head = heads.get(kind);
  if (head === undefined) {
    head = `{"kind":${JSON.stringify(kind.kind)},"apiVersion":${JSON.stringify(kind.apiVersion)},"metadata":{`;
    heads.set(kind, head);
  }
  return head;
}

/** Serialises an object for the store, without its resourceVersion. */
export function storedBytes(kind: Kind, object: AnyObject): Buffer {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object;
  const { resourceVersion: _resourceVersion, ...storedMetadata } = metadata;
  const restText = JSON.stringify(rest);
  const tail = restText === '{}' ? '}' : `,${restText.slice(1)}`;
  return Buffer.from(headOf(kind) + JSON.stringify(storedMetadata).slice(1) + tail);
}

/** The bytes that clients get: what is stored, with its revision as resourceVersion; 0 is an object never stored. */
export function servedBytes(kind: Kind, stored: Uint8Array, revision: number): Buffer {
  if (revision === 0) return Buffer.from(stored);
  const head = headOf(kind).length;
  const version = Buffer.from(`"resourceVersion":"${revision}",`);
  return Buffer.concat([stored.subarray(0, head), version, stored.subarray(head)]);
}

/** Served bytes with another resourceVersion: a deletion shows the last state at the deletion's revision. */
export function withRevision(kind: Kind, served: Buffer, from: number, to: number): Buffer {
  const head = headOf(kind).length;
  const version = Buffer.from(`"resourceVersion":"${to}",`);
  const after = head + `"resourceVersion":"${from}",`.length;
  return Buffer.concat([served.subarray(0, head), version, served.subarray(after)]);
}

/** Reads stored bytes back. */
export function parseStored(stored: Uint8Array, revision: number): AnyObject {
  const object = JSON.parse(
    Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString(),
  ) as AnyObject;
  object.metadata.resourceVersion = String(revision);
  return object;
}
