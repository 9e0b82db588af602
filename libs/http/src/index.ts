export { covers, type MediaType, parseAccept, parseMediaType } from './accept.ts';
export { ClientConnections } from './client-connections.ts';
export { namesEtag } from './etag.ts';
export { hasBody } from './has-body.ts';
export { parseInt64 } from './parse-int64.ts';
export { peerAddress } from './peer-address.ts';
export { metricsRoute, type PlainAnswer, type PlainRoute, plainRoutes } from './plain/plain-routes.ts';
export { type PlainServer, startPlainServer } from './plain/plain-server.ts';
export { MAX_BODY_BYTES, readBody } from './read-body.ts';
export { isTrue, parseRequestInfo, type RequestInfo } from './request-info.ts';
export { respond, respondError, respondJson, warningHeader, warningHeaders } from './respond.ts';
export { clientCaBundle, ServingFiles, type TlsFiles } from './serving-files.ts';
export {
  listenTls,
  type TlsListener,
  type TlsListenerOptions,
  type TlsMaterial,
  tlsSocketOf,
} from './tls-listener.ts';
