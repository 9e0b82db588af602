export { ClientCall } from './client-call.ts';
export { type ConnectGrpcOptions, GrpcClient } from './connect-grpc.ts';
export { type CallHandler, GrpcCall, MAX_MESSAGE_BYTES } from './grpc-call.ts';
export type { KeepAliveOptions } from './http2/keep-alive.ts';
export { type Metadata, metadataOf, metadataValues } from './metadata.ts';
export { type GrpcConnection, type ServeGrpcOptions, serveGrpc } from './serve-grpc.ts';
export { ServerCall } from './server-call.ts';
export { Code, GrpcError, type GrpcStatus, OK } from './status.ts';
