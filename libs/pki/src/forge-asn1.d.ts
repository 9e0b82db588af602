/**
 * node-forge's ASN.1 codec without the rest of node-forge: the whole package takes 18 ms to load, this part
 * 3 ms, and every service loads it at start. `@types/node-forge` declares only the package's root.
 */
declare module 'node-forge/lib/asn1.js' {
  export interface Asn1 {
    readonly tagClass: number;
    readonly type: number;
    readonly constructed: boolean;
    /** Children of a constructed value; else the content, one character a byte. */
    readonly value: string | Asn1[];
  }
  interface ByteBuffer {
    getBytes(): string;
  }
  interface DecodeOptions {
    readonly strict: boolean;
    readonly parseAllBytes: boolean;
    readonly decodeBitStrings: boolean;
    readonly maxDepth: number;
  }
  const asn1: {
    create(tagClass: number, type: number, constructed: boolean, value: string | Asn1[]): Asn1;
    fromDer(bytes: string, options: DecodeOptions): Asn1;
    toDer(node: Asn1): ByteBuffer;
    oidToDer(oid: string): ByteBuffer;
    derToOid(bytes: string): string;
    utcTimeToDate(bytes: string): Date;
    generalizedTimeToDate(bytes: string): Date;
  };
  export default asn1;
}
