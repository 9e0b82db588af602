// A peer that is not ours: @grpc/grpc-js, under whichever runtime this is run with. Says what it saw as JSON.
import grpc from '@grpc/grpc-js';

const bytes = (value) => value;
const [role, address] = process.argv.slice(2);
const method = (path) => ({
  path,
  requestStream: true,
  responseStream: true,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});

if (role === 'server') serve();
else await call();

function serve() {
  const server = new grpc.Server();
  const handlers = {
    echo(stream) {
      const sent = new grpc.Metadata();
      sent.set('greeting', stream.metadata.get('name')[0]);
      sent.set('raw-bin', stream.metadata.get('raw-bin')[0]);
      stream.sendMetadata(sent);
      stream.on('data', (message) => stream.write(message)).on('end', () => stream.end());
    },
    refuse(stream) {
      stream.emit('error', { code: grpc.status.PERMISSION_DENIED, details: 'not you — 100%' });
    },
  };
  server.addService({ echo: method('/t/echo'), refuse: method('/t/refuse') }, handlers);
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    console.log(JSON.stringify({ port }));
  });
}

async function call() {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  const seen = {};
  seen.echo = await converse(client, '/t/echo', [0, 1, 16_384, 65_536, 3_000_000], 10);
  seen.refused = await converse(client, '/t/refuse', [1], 1);
  seen.unknown = await converse(client, '/t/unknown', [1], 1);
  seen.large = await converse(client, '/t/echo', [5_000_000], 1);
  seen.compressed = await converse(client, '/t/echo', [100_000], 1, {
    'grpc.default_compression_algorithm': 2,
  });
  client.close();
  console.log(JSON.stringify(seen));
  process.exit(0);
}

function converse(client, path, sizes, times, options) {
  const from = options ? new grpc.Client(address, grpc.credentials.createInsecure(), options) : client;
  return new Promise((resolve) => {
    const metadata = new grpc.Metadata();
    metadata.set('name', 'peer');
    metadata.set('raw-bin', Buffer.from([0, 255, 10]));
    const stream = from.makeBidiStreamRequest(path, bytes, bytes, metadata);
    const sent = sizes.map((size) => Buffer.alloc(size, size % 251));
    const result = { messages: 0, same: true };
    stream.on('metadata', (got) => {
      result.greeting = got.get('greeting')[0];
      result.raw = [...(got.get('raw-bin')[0] ?? [])];
    });
    stream.on('data', (message) => {
      result.same &&= message.equals(sent[result.messages % sent.length]);
      result.messages += 1;
      if (result.messages === sent.length * times) stream.end();
    });
    stream.on('error', () => {});
    stream.on('status', ({ code, details }) => resolve({ ...result, code, details }));
    for (let count = 0; count < times; count++) for (const message of sent) stream.write(message);
  });
}
