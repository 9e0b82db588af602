import { expect, spyOn, test } from 'bun:test';
import { Duplex } from 'node:stream';
import { ControlChannel, type ControlMessage } from './control-channel.ts';

function channel() {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  stream.on('error', () => {});
  const heard: ControlMessage[] = [];
  new ControlChannel(
    stream,
    (message) => void heard.push(message),
    () => {},
  );
  return { stream, heard };
}

const flushed = () => new Promise(setImmediate);

test('messages are heard wherever their bytes are split', async () => {
  const messages = [{ type: 'hello', agentID: 'ä' }, { type: 'drain' }];
  const bytes = Buffer.from(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  for (let at = 1; at < bytes.length; at += 1) {
    const { stream, heard } = channel();
    stream.push(bytes.subarray(0, at));
    await flushed();
    stream.push(bytes.subarray(at));
    await flushed();
    expect(heard).toEqual(messages);
  }
});

test('a long message in single bytes is not copied again for each of them', async () => {
  using copies = spyOn(Buffer, 'from');
  using joins = spyOn(Buffer, 'concat');
  const { stream, heard } = channel();
  const message = { type: 'hello', token: 'x'.repeat(60_000) };
  for (const byte of Buffer.from(`${JSON.stringify(message)}\n`)) stream.emit('data', Buffer.of(byte));
  expect(heard).toEqual([message]);
  expect(copies.mock.calls.length + joins.mock.calls.length).toBeLessThan(100);
});
