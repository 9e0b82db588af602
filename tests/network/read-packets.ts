/** One IPv4 packet of a capture. */
export interface Packet {
  /** Address and, of TCP and UDP, port. */
  readonly source: string;
  readonly destination: string;
  /** IANA's number: 6 is TCP. */
  readonly protocol: number;
  /** Whether it opens a TCP connection: SYN without ACK. */
  readonly opens: boolean;
  readonly payload: Buffer;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;
const IPV4 = 0x0800;
const TCP = 6;
const UDP = 17;

/**
 * The IPv4 packets in a capture file as tcpdump writes it on a little-endian machine, of an Ethernet link (pcap,
 * draft-ietf-opsawg-pcap). @throws Error for another file, and for a packet that is not there whole.
 */
export function readPackets(file: Buffer): Packet[] {
  if (file.readUInt32LE(0) !== 0xa1b2c3d4 || file.readUInt32LE(20) !== 1)
    throw new Error('not a capture of an Ethernet link');
  const packets: Packet[] = [];
  let offset = FILE_HEADER_BYTES;
  while (offset < file.length) {
    const captured = file.readUInt32LE(offset + 8);
    if (captured !== file.readUInt32LE(offset + 12)) throw new Error('a packet was captured in part');
    offset += RECORD_HEADER_BYTES;
    const frame = file.subarray(offset, offset + captured);
    if (frame.length < captured) throw new Error('the capture ends within a packet');
    offset += captured;
    if (frame.readUInt16BE(12) === IPV4) packets.push(readPacket(frame.subarray(ETHERNET_BYTES)));
  }
  return packets;
}

function readPacket(ip: Buffer): Packet {
  const headerBytes = (ip[0]! & 0x0f) * 4;
  const protocol = ip[9]!;
  const body = ip.subarray(headerBytes, ip.readUInt16BE(2));
  const [from, to] = [ip.subarray(12, 16).join('.'), ip.subarray(16, 20).join('.')];
  if (protocol !== TCP && protocol !== UDP)
    return { source: from, destination: to, protocol, opens: false, payload: body };
  return {
    source: `${from}:${body.readUInt16BE(0)}`,
    destination: `${to}:${body.readUInt16BE(2)}`,
    protocol,
    opens: protocol === TCP && (body[13]! & 0x12) === 0x02,
    payload: body.subarray(protocol === TCP ? (body[12]! >> 4) * 4 : 8),
  };
}

/** What was said in one direction of each connection, in the order of the packets. */
export function payloadsByFlow(packets: readonly Packet[]): Map<string, Buffer> {
  const flows = Map.groupBy(packets, ({ source, destination }) => `${source} > ${destination}`);
  return new Map([...flows].map(([flow, of]) => [flow, Buffer.concat(of.map(({ payload }) => payload))]));
}

/** The flows in which a text goes over the wire as it is. */
export function flowsWith(packets: readonly Packet[], text: string): string[] {
  return [...payloadsByFlow(packets)].filter(([, payload]) => payload.includes(text)).map(([flow]) => flow);
}
