import type { Subject } from './connection.ts';

const STDOUT = 1;
const MAX_BUFFERED_BYTES = 4 << 20;

/** Megabytes a second out of a command, and into one, over `v5.channel.k8s.io`. @param pod path of the pod. */
export async function execRates(
  subject: Subject,
  pod: string,
  bytes: number,
): Promise<{ out: number; into: number }> {
  let begun = performance.now();
  let got = 0;
  const source = await open(subject, pod, `head -c ${bytes} /dev/zero`, 'stdout=true', (data) => {
    if (data[0] === STDOUT) got += data.length - 1;
  });
  await source.closed;
  if (got !== bytes) throw new Error(`${got} bytes came of ${bytes}`);
  const out = bytes / 1e3 / (performance.now() - begun);

  const { socket, closed } = await open(subject, pod, 'cat > /dev/null', 'stdin=true&stdout=true');
  begun = performance.now();
  // The first byte is the channel, which is stdin's.
  const message = Buffer.alloc(65_537);
  for (let left = bytes; left > 0; left -= message.length - 1) {
    socket.send(message.subarray(0, Math.min(left + 1, message.length)));
    while (socket.bufferedAmount > MAX_BUFFERED_BYTES) await Bun.sleep(1);
  }
  socket.send(Buffer.from([255, 0]));
  await closed;
  return { out, into: bytes / 1e3 / (performance.now() - begun) };
}

async function open(
  { host, port, tls }: Subject,
  pod: string,
  script: string,
  streams: string,
  onMessage: (data: Uint8Array) => void = () => {},
): Promise<{ socket: WebSocket; closed: Promise<void> }> {
  const command = ['sh', '-c', script].map((word) => `command=${encodeURIComponent(word)}`).join('&');
  // Bun's own options, which the type of the global does not have.
  const options = { protocols: ['v5.channel.k8s.io'], tls } as unknown as string[];
  const socket = new WebSocket(`wss://${host}:${port}${pod}/exec?${command}&${streams}`, options);
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }) => onMessage(new Uint8Array(data as ArrayBuffer));
  const closed = new Promise<void>((resolve) => {
    socket.onclose = () => resolve();
  });
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('exec was not opened'));
  });
  return { socket, closed };
}
