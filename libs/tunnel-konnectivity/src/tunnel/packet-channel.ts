import { Code, type GrpcCall, type GrpcStatus } from '@hawser/grpc';
import { decodePacket } from '../packet/decode-packet.ts';
import { encodeData, encodePacket } from '../packet/encode-packet.ts';
import { type Packet, PacketError } from '../packet/packet.ts';

/** So much may wait for a peer that has us answer and does not read: more than ten thousand dials at once. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export interface PacketHandler {
  packet(packet: Packet): void;
  /** The peer sends no more packets; ours may go on. */
  end?(): void;
  /** The channel is over. Comes once, last. */
  closed(status: GrpcStatus): void;
}

/** Packets over a gRPC call; whoever has data to send takes turns. */
export class PacketChannel {
  readonly #call: GrpcCall;
  readonly #waiting: (() => void)[] = [];
  #full = false;

  constructor(call: GrpcCall) {
    this.#call = call;
  }

  start(handler: PacketHandler): void {
    this.#call.start({
      message: (bytes) => this.#take(bytes, handler),
      end: () => handler.end?.(),
      drain: () => this.#drain(),
      closed: (status) => {
        this.#waiting.splice(0);
        handler.closed(status);
      },
    });
  }

  /** Sends a packet, however much waits: these are small, and each answers or ends something. */
  send(packet: Packet): void {
    if (!this.#call.send(encodePacket(packet))) this.#full = true;
    if (this.#call.waitingBytes > MAX_WAITING_BYTES)
      this.cancel({ code: Code.resourceExhausted, message: 'peer does not read what it is answered' });
  }

  /** Sends data. @param sent called when more is welcome; it is forgotten when the channel is over. */
  sendData(connectID: number, data: Buffer, sent: () => void): void {
    if (this.#full) return void this.#waiting.push(() => this.sendData(connectID, data, sent));
    if (!this.#call.send(...encodeData(connectID, data))) this.#full = true;
    if (this.#full) this.#waiting.push(sent);
    else sent();
  }

  /** Lets the peer send no more than it already may. */
  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  /** Breaks the channel off. */
  cancel(status: GrpcStatus): void {
    this.#call.cancel(status);
  }

  #take(bytes: Buffer, handler: PacketHandler): void {
    let packet: Packet | undefined;
    try {
      packet = decodePacket(bytes);
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      this.cancel({
        code: Code.internal,
        message: `grpc: failed to unmarshal the received message: ${error.message}`,
      });
      return;
    }
    if (packet !== undefined) handler.packet(packet);
  }

  /** Each that waits sends in its turn, until there is enough again. */
  #drain(): void {
    this.#full = false;
    while (!this.#full && this.#waiting.length > 0) this.#waiting.shift()!();
  }
}
