import { join } from 'node:path';
import { clusterRoleBindings, clusterRoles, nodes, roleBindings, roles } from '@hawser/api';
import { AuditLog, AuditPolicy } from '@hawser/audit';
import { RequestAuthenticator, UnionTokenAuthenticator, X509Authenticator } from '@hawser/authn';
import { Impersonator, RbacAuthorizer } from '@hawser/authz';
import { listenTls, ServingFiles } from '@hawser/http';
import { createRegistry, type Logger } from '@hawser/observability';
import { AdmissionChain, type AdmissionPlugin, Cacher } from '@hawser/registry';
import { systemClock as clock } from '@hawser/runtime';
import { SqliteDatabase, SqliteOutbox, SqliteStore } from '@hawser/storage-sqlite';
import { ReloadMetrics, type ReloadSurroundings } from '@hawser/tls-files';
import { admissionPlugins } from './admission/admission-plugins.ts';
import { startPublisher } from './audit-publisher.ts';
import { JwtAuthentication } from './authentication/jwt-authentication.ts';
import { createAuthorizer } from './authorization/create-authorizer.ts';
import { applyManifests } from './bootstrap/manifests.ts';
import { ensureNamespaces } from './bootstrap/namespaces.ts';
import { ensurePriorityClasses } from './bootstrap/priority-classes.ts';
import { reconcileRbac } from './bootstrap/rbac.ts';
import { compactPeriodically } from './compaction.ts';
import { ConfigurationMetrics } from './configuration-file/configuration-metrics.ts';
import { StreamMetrics } from './connect/stream-metrics.ts';
import { createEgress, issuerDialer } from './egress/create-egress.ts';
import { planEgress } from './egress/plan-egress.ts';
import { nodeReporter } from './egress/report-node.ts';
import { EncryptionAtRest } from './encryption/encryption-at-rest.ts';
import {
  ensureEncryptionConfiguration,
  loadEncryptionConfiguration,
} from './encryption/load-encryption-configuration.ts';
import { FlowControl } from './flow-control/flow-control.ts';
import { observeClientCertificates } from './health/client-certificate-metrics.ts';
import { HubMetrics } from './health/hub-metrics.ts';
import { storageCheck } from './health/storage-check.ts';
import { type Hub, Resources, storedKinds } from './hub.ts';
import { createKubeletClient } from './kubelet-client/create-kubelet-client.ts';
import type { ApiServerOptions } from './options.ts';
import { ConnectionAuthenticator } from './pipeline/authenticate.ts';
import { handleRequest, type Pipeline } from './pipeline/handle-request.ts';
import { handleUpgrade } from './pipeline/handle-upgrade.ts';
import { RequestsUnderWay } from './pipeline/requests-under-way.ts';
import { createProxyTransport } from './proxy/create-proxy-transport.ts';
import { isProxyRequest } from './proxy/is-proxy-request.ts';
import { routeResourceRequest } from './route.ts';
import { type NonResource, routeNonResource } from './route-non-resource.ts';
import { ServiceNetwork } from './services/service-network.ts';
import { createTokens } from './tokens/create-tokens.ts';

export interface ApiServer extends AsyncDisposable {
  /** `host:port` in use. */
  readonly address: string;
}

/**
 * Puts the hub together and starts it: the store, the caches over it, who may do what, the defaults, and last
 * the listener, so that the first request finds everything in its place.
 */
export async function startApiServer(options: ApiServerOptions, logger: Logger): Promise<ApiServer> {
  logWeakenedSettings(options, logger);
  const egressWarnings: string[] = [];
  const egressPlan = planEgress(options, egressWarnings);
  for (const warning of egressWarnings) logger.warn({ flag: '--egress-selector-config-file' }, warning);
  await using stack = new AsyncDisposableStack();
  const shutdown = new AbortController();
  const registry = createRegistry();
  const reloading: ReloadSurroundings = { clock, logger, metrics: new ReloadMetrics(registry) };

  const database = new SqliteDatabase(join(options.dataDir, 'state.db'));
  const store = stack.use(new SqliteStore(database));
  const outbox = new SqliteOutbox(database);
  const encryptionPath = options.encryptionProviderConfig ?? join(options.dataDir, 'encryption-config.yaml');
  ensureEncryptionConfiguration(encryptionPath, (await store.currentRevision()) === 0);
  const loadedEncryption = loadEncryptionConfiguration(encryptionPath);
  const cacher = stack.use(await Cacher.start(store, storedKinds, loadedEncryption.transformerFor));
  const encryption = stack.use(
    new EncryptionAtRest({
      path: encryptionPath,
      loaded: loadedEncryption,
      automaticReload: options.encryptionProviderConfigAutomaticReload,
      cacher,
      store,
      metrics: new ConfigurationMetrics(registry, 'encryption'),
      logger,
      clock,
    }),
  );
  stack.use(compactPeriodically(store, logger, clock));
  stack.use(startPublisher(options, outbox, logger, registry, shutdown.signal));
  const auditLog = stack.use(
    new AuditLog({
      service: 'apiserver',
      outbox,
      onError: (error) => logger.error({ error }, 'could not keep audit events'),
    }),
  );

  const plugins: AdmissionPlugin[] = [];
  const serviceNetwork = stack.use(new ServiceNetwork({ options, cacher, registry, clock, logger }));
  const resources = new Resources({
    cacher,
    store,
    admission: new AdmissionChain(plugins),
    clock,
    settings: { allowLoopback: options.allowLoopbackTargets },
    begin: serviceNetwork.begin,
  });
  const rbac = new RbacAuthorizer({
    roles: resources.lister(roles),
    roleBindings: resources.lister(roleBindings),
    clusterRoles: resources.lister(clusterRoles),
    clusterRoleBindings: resources.lister(clusterRoleBindings),
  });
  const authorizer = createAuthorizer(options, resources, rbac);
  // The plug-ins look at the resources, which hold the chain of them: it is filled once both exist.
  plugins.push(...admissionPlugins(resources, authorizer, rbac, logger));
  await ensureNamespaces(resources);
  await reconcileRbac(resources);
  await serviceNetwork.prepare(resources);
  await ensurePriorityClasses(resources);
  if (options.bootstrapManifestsDir !== undefined)
    await applyManifests(options.bootstrapManifestsDir, resources, logger);

  let port = options.securePort;
  const tokens = createTokens(options, { resources, registry, reloading, clock, logger, port: () => port });
  await tokens.tracking.begin();
  const x509 = new X509Authenticator({
    clock,
    observeRemaining: observeClientCertificates(registry),
  });
  const egress = stack.use(
    await createEgress(egressPlan, {
      registry,
      logger,
      clock,
      reloading,
      nodes: resources.lister(nodes),
      nodeAddressTypes: options.kubeletPreferredAddressTypes,
      allowLoopback: options.allowLoopbackTargets,
      reportNode: nodeReporter(resources, clock, logger),
    }),
  );
  const jwt = stack.use(
    new JwtAuthentication({
      flags: options,
      direct: issuerDialer(),
      cluster: egress.dialer,
      apiAudiences: tokens.audiences,
      metrics: new ConfigurationMetrics(registry, 'authentication'),
      logger,
      clock,
    }),
  );
  const tokenAuthenticator = new UnionTokenAuthenticator([tokens.authenticator, jwt]);
  const authenticator = new RequestAuthenticator({
    x509,
    tokens: tokenAuthenticator,
    anonymous: jwt.anonymous,
  });
  const metrics = new HubMetrics(registry, new Set(storedKinds.map((kind) => kind.plural)));
  const checkStore = storageCheck(store);
  const hub: Hub = {
    resources,
    authorizer,
    rbac,
    tokens: tokenAuthenticator,
    tokenIssuer: tokens.issuer,
    audiences: tokens.audiences,
    tokenLifetimes: {
      maxSeconds: maxTokenSeconds(options),
      extend: options.serviceAccountExtendTokenExpiration,
    },
    kubelets: createKubeletClient(options, egress.dialer, reloading),
    proxy: createProxyTransport(options, egress.dialer, reloading),
    way: egress.dialer,
    metrics,
    streamMetrics: new StreamMetrics(registry),
    checkStore,
    clock,
    minRequestTimeoutMs: options.minRequestTimeout * 1000,
  };
  let address = '';
  const nonResource: NonResource = {
    health: {
      ping: () => {},
      // Done before the hub listens; there is somebody who waits for it.
      'poststarthook/rbac/bootstrap-roles': () => {},
      'poststarthook/scheduling/bootstrap-system-priority-classes': () => {},
      storage: checkStore,
      shutdown: () => shutdown.signal.throwIfAborted(),
    },
    registry,
    encryption,
    serverAddress: () => address,
    openId: tokens.openId,
  };
  const pipeline: Pipeline = {
    authenticator: new ConnectionAuthenticator({ x509, authenticator, logger }),
    authorizer,
    impersonator: new Impersonator(authorizer),
    auditLog,
    auditPolicy:
      options.auditPolicyFile === undefined
        ? AuditPolicy.metadata
        : AuditPolicy.load(options.auditPolicyFile),
    metrics,
    logger,
    clock,
    flow: new FlowControl({
      maxRequestsInflight: options.maxRequestsInflight,
      maxMutatingRequestsInflight: options.maxMutatingRequestsInflight,
      requestTimeoutMs: options.requestTimeout,
      clock,
      registry,
    }),
    requestTimeoutMs: options.requestTimeout,
    shutdown: shutdown.signal,
    route: (context) =>
      context.info.resourceRequest
        ? routeResourceRequest(hub, context)
        : routeNonResource(nonResource, context),
  };
  const servingFiles = new ServingFiles(
    {
      certFile: options.tlsCertFile,
      keyFile: options.tlsPrivateKeyFile,
      clientCaFile: options.clientCaFile,
    },
    reloading,
  );
  const underWay = stack.use(new RequestsUnderWay(logger));
  const listener = await listenTls(options.securePort, options.bindAddress, {
    material: servingFiles.material,
    takesBodyAsItComes: isProxyRequest,
    onRequest: (request, response) =>
      underWay.add(handleRequest(pipeline, request, response), () => response.destroy()),
    onUpgrade: (request, socket, head) =>
      underWay.add(handleUpgrade(pipeline, request, { socket, head }), () => socket.destroy()),
  });
  stack.use(listener);
  void servingFiles.follow((material) => listener.replaceMaterial(material), shutdown.signal);
  port = listener.address.port;
  address = `${listener.address.address}:${port}`;
  await serviceNetwork.start(resources, port);
  stack.defer(() => shutdown.abort());
  const owned = stack.move();
  return { address, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** @throws RangeError outside of upstream's bounds. */
function maxTokenSeconds({
  serviceAccountMaxTokenExpiration: givenMs,
}: ApiServerOptions): number | undefined {
  if (givenMs === undefined || givenMs === 0) return undefined;
  const seconds = givenMs / 1000;
  if (seconds < 3600 || seconds > 2 ** 32)
    throw new RangeError('--service-account-max-token-expiration must be between 1 hour and 2^32 seconds');
  return Math.floor(seconds);
}

/** What was made weaker than the default is said at every start. */
function logWeakenedSettings(options: ApiServerOptions, logger: Logger): void {
  if (options.authorizationMode.includes('AlwaysAllow'))
    logger.warn({ flag: '--authorization-mode' }, 'weakened: every authenticated request is allowed');
  if (options.allowLoopbackTargets)
    logger.warn(
      { flag: '--allow-loopback-targets' },
      'weakened: loopback addresses are accepted as proxy targets and endpoints',
    );
  if (options.allowPlainProxy)
    logger.warn({ flag: '--allow-plain-proxy' }, 'weakened: proxies speak plain HTTP over any link');
}
