import type { Duplex } from 'node:stream';

/** No head that the two ends write is near this. */
const MAX_HEAD_BYTES = 8 * 1024;

/**
 * Reads the head of an HTTP/1.1 message from a stream; what follows stays in it, and the stream is as one that nobody
 * has read from.
 * @returns its first line and what follows it, without the empty line.
 * @throws Error when the stream ends or is lost before, or the head is too long; the stream's own error if it had one.
 */
export function readHead(stream: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const settle = (act: () => void) => {
      stream.off('readable', onReadable).off('end', onEnd).off('close', onClose).off('error', onError);
      act();
    };
    const onReadable = () => {
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
        bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
        const end = bytes.indexOf('\r\n\r\n');
        if (end > MAX_HEAD_BYTES || (end === -1 && bytes.length > MAX_HEAD_BYTES))
          return settle(() => reject(new Error('the head is too long')));
        if (end === -1) continue;
        return settle(() => {
          if (bytes.length > end + 4) stream.unshift(bytes.subarray(end + 4));
          resolve(bytes.toString('latin1', 0, end));
        });
      }
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onEnd = () => onError(new Error('the stream ended before the head was whole'));
    const onClose = () => onError(stream.errored ?? new Error('the stream was closed'));
    stream.on('readable', onReadable).on('end', onEnd).on('close', onClose).on('error', onError);
    if (stream.destroyed) onClose();
  });
}
