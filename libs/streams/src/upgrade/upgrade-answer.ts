import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemClock } from '@hawser/runtime';
import type { UpgradeRefusedError } from './upgrade-error.ts';

/** How long a client that was refused may take to close its side. */
const LINGER_MS = 5_000;

/** Makes the body of a refusal: a metav1.Status, as an object. */
export type StatusOfRefusal = (refusal: UpgradeRefusedError) => object;

export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** Says 101 on the raw connection; what follows is the new protocol's. */
export function switchProtocols(socket: Duplex, protocol: string, headers: HeaderLines): void {
  socket.write(headText(101, [['Connection', 'Upgrade'], ['Upgrade', protocol], ...headers]));
}

/**
 * Answers a request to upgrade as plain HTTP and ends the connection: `http.Server` gives no response object with
 * its `upgrade` event.
 * @param body sent as JSON.
 */
export function answerUpgrade(socket: Duplex, code: number, headers: HeaderLines, body: object): void {
  // Whoever reset the connection needs no answer.
  socket.on('error', () => {});
  if (!socket.writable) return void socket.destroy();
  const json = Buffer.from(`${JSON.stringify(body)}\n`);
  const lines: HeaderLines = [
    ['Content-Type', 'application/json'],
    ['Content-Length', String(json.length)],
    ['Connection', 'close'],
    ...headers,
  ];
  // To close before all is read that the client has sent would take the answer from it.
  socket.resume().end(Buffer.concat([Buffer.from(headText(code, lines)), json]));
  const timer = systemClock.after(LINGER_MS, () => socket.destroy());
  socket.on('end', () => socket.destroy()).on('close', () => timer[Symbol.dispose]());
}

/** Answers a refusal. */
export function answerRefusal(
  socket: Duplex,
  refusal: UpgradeRefusedError,
  statusOf: StatusOfRefusal = plainStatus,
): void {
  answerUpgrade(socket, refusal.code, refusal.headers, statusOf(refusal));
}

function plainStatus({ code, message, reason }: UpgradeRefusedError): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}

function headText(code: number, headers: HeaderLines): string {
  // Values may repeat what the client sent: nothing of it may begin a new line.
  const lines = headers.map(([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}\r\n`);
  return `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\n${lines.join('')}\r\n`;
}
