import { expect, test } from 'bun:test';
import type { Socket } from 'node:net';
import type { FrontEnd } from './front-end.ts';
import { GrpcDialer } from './grpc-dialer.ts';

test('a connection that is being made ends with its dialer', async () => {
  const frontEnd: FrontEnd = {
    name: 'unix:///front-end',
    address: '/front-end',
    connect: (signal) =>
      new Promise<Socket>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      ),
  };
  const dialer = new GrpcDialer({ frontEnd });
  const attempt = dialer.dial({ host: '10.0.0.1', port: 80 });
  dialer[Symbol.dispose]();
  await expect(attempt).rejects.toThrow(
    'konnectivity: dial tcp 10.0.0.1:80 through unix:///front-end: canceled',
  );
});
