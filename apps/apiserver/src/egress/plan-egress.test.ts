import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlagError } from '@hawser/config';
import { type EgressFlags, type EgressPlan, planEgress } from './plan-egress.ts';

const directory = mkdtempSync(join(tmpdir(), 'hawser-egress-'));
afterAll(() => rmSync(directory, { recursive: true }));

const [caBundle, clientCert, clientKey] = ['ca.crt', 'client.crt', 'client.key'].map((name) => {
  const path = join(directory, name);
  writeFileSync(path, 'x');
  return path;
}) as [string, string, string];
const tlsConfig = { caBundle, clientCert, clientKey };
const tcp = { url: 'https://127.0.0.1:8131', tlsConfig };
const uds = { udsName: '/run/konnectivity-server.socket' };

const none: EgressFlags = {
  egressSelectorConfigFile: undefined,
  sshUser: undefined,
  sshKeyfile: undefined,
  sshPort: undefined,
  sshKnownHostsFile: undefined,
};
const ssh = { sshUser: 'hub', sshKeyfile: '/k' };

function written(text: string): EgressFlags {
  const path = join(directory, 'egress.yaml');
  writeFileSync(path, text);
  return { ...none, egressSelectorConfigFile: path };
}

const configuration = (egressSelections: unknown, meta: object = {}) =>
  JSON.stringify({
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections,
    ...meta,
  });

const cluster = (connection: unknown) => configuration([{ name: 'cluster', connection }]);

function faultsOf(flags: EgressFlags): readonly string[] {
  try {
    planEgress(flags, []);
  } catch (error) {
    if (error instanceof FlagError) return error.faults;
    throw error;
  }
  return [];
}

describe('takes', () => {
  const tcpConnection = { proxyProtocol: 'HTTPConnect', transport: { tcp } };
  const udsConnection = { proxyProtocol: 'HTTPConnect', transport: { uds } };
  const cases: { name: string; text?: string; flags?: Partial<EgressFlags>; plan: EgressPlan }[] = [
    { name: 'no flag at all: directly', plan: { way: 'Direct' } },
    {
      name: 'Direct',
      text: cluster({ proxyProtocol: 'Direct' }),
      plan: { way: 'Direct' },
    },
    {
      name: 'SSH beside a Direct that says nothing else',
      text: cluster({ proxyProtocol: 'Direct' }),
      flags: ssh,
      plan: { way: 'SSH', ssh: { user: 'hub', keyfile: '/k', port: 22 } },
    },
    {
      name: 'a server over TCP',
      text: cluster(tcpConnection),
      plan: { way: 'Konnectivity', connection: tcpConnection },
    },
    {
      name: 'a server that is verified by another name',
      text: cluster({
        proxyProtocol: 'HTTPConnect',
        transport: { tcp: { ...tcp, tlsConfig: { ...tlsConfig, tlsServerName: 'konnectivity' } } },
      }),
      plan: {
        way: 'Konnectivity',
        connection: {
          proxyProtocol: 'HTTPConnect',
          transport: { tcp: { ...tcp, tlsConfig: { ...tlsConfig, tlsServerName: 'konnectivity' } } },
        },
      },
    },
    {
      name: 'a unix socket, and a name in capitals',
      text: configuration([{ name: 'Cluster', connection: udsConnection }]),
      plan: { way: 'Konnectivity', connection: udsConnection },
    },
    {
      name: 'GRPC over a unix socket',
      text: cluster({ proxyProtocol: 'GRPC', transport: { uds } }),
      plan: { way: 'Konnectivity', connection: { proxyProtocol: 'GRPC', transport: { uds } } },
    },
  ];
  for (const { name, text, flags, plan } of cases)
    test(name, () => {
      const warnings: string[] = [];
      const file = text === undefined ? none : written(text);
      expect(planEgress({ ...file, ...flags }, warnings)).toEqual(plan);
      expect(warnings).toEqual([]);
    });
});

describe('takes, with a warning,', () => {
  const direct = { proxyProtocol: 'Direct' };
  const tunnel = { proxyProtocol: 'HTTPConnect', transport: { uds } };
  const cases: { name: string; text: string; warns: string }[] = [
    {
      name: 'the older version',
      text: configuration([{ name: 'cluster', connection: direct }], {
        apiVersion: 'apiserver.k8s.io/v1alpha1',
      }),
      warns:
        'apiserver.k8s.io/v1alpha1 EgressSelectorConfiguration is deprecated, use apiserver.k8s.io/v1beta1',
    },
    {
      name: 'the older name of the control plane',
      text: configuration([
        { name: 'cluster', connection: direct },
        { name: 'master', connection: direct },
      ]),
      warns: 'egressSelection "master" is deprecated, use "controlplane"',
    },
    {
      name: 'a control plane to which no connections are made',
      text: configuration([
        { name: 'cluster', connection: direct },
        { name: 'controlplane', connection: tunnel },
      ]),
      warns: 'egressSelection "controlplane" has no effect: the hub makes no connections of that kind',
    },
    {
      name: 'a file that says nothing of the cluster',
      text: configuration([]),
      warns:
        'egressSelection "cluster" is absent: the egress selector configuration has no effect on how nodes, pods and services are reached',
    },
  ];
  for (const { name, text, warns } of cases)
    test(name, () => {
      const warnings: string[] = [];
      expect(planEgress(written(text), warnings)).toEqual({ way: 'Direct' });
      expect(warnings).toEqual([warns]);
    });
});

const READ = 'failed to read egress selector config: ';
const VALIDATE = 'failed to validate egress selector configuration: service.connection';

describe('refuses', () => {
  const httpConnect = (transport: unknown) => cluster({ proxyProtocol: 'HTTPConnect', transport });
  const overTcp = (change: object) => httpConnect({ tcp: { ...tcp, ...change } });
  const cases: { name: string; text: string; says: string }[] = [
    { name: 'an empty file', text: '', says: `${READ}Object 'Kind' is missing` },
    { name: 'a file without a version', text: 'kind: X', says: `${READ}Object 'apiVersion' is missing` },
    {
      name: 'what is no YAML',
      text: 'a: [',
      says: `${READ}couldn't get version/kind; yaml: line 1, column`,
    },
    {
      name: 'another kind',
      text: 'apiVersion: apps/v1\nkind: DaemonSet',
      says: `${READ}no kind "DaemonSet" is registered for version "apps/v1"`,
    },
    {
      name: 'an unknown field',
      text: cluster({ proxyProtocol: 'Direct', port: 1 }),
      says: `${READ}strict decoding error: unknown field "egressSelections[0].connection.port"`,
    },
    {
      name: 'a field that stands twice',
      text: `${cluster({ proxyProtocol: 'Direct' }).slice(0, -1)}, "egressSelections": []}`,
      says: `${READ}strict decoding error: duplicate field "egressSelections"`,
    },
    {
      name: 'a value of another type',
      text: configuration({}),
      says: `${READ}json: cannot unmarshal object into Go struct field egressSelections of type list`,
    },
    {
      name: 'a protocol that there is not',
      text: cluster({ proxyProtocol: 'http' }),
      says: `${VALIDATE}.protocol: Unsupported value: "http": supported values: "Direct", "HTTPConnect", "GRPC"`,
    },
    {
      name: 'a selection that says nothing',
      text: configuration([{ name: 'cluster' }]),
      says: `${VALIDATE}.protocol: Unsupported value: ""`,
    },
    {
      name: 'a name that there is not',
      text: configuration([{ name: 'nodes', connection: { proxyProtocol: 'Direct' } }]),
      says: `${VALIDATE}: Unsupported value: "nodes": supported values: "cluster", "controlplane", "etcd"`,
    },
    {
      name: 'a name that stands twice',
      text: configuration(
        ['cluster', 'CLUSTER'].map((name) => ({ name, connection: { proxyProtocol: 'Direct' } })),
      ),
      says: `${VALIDATE}[1]: Duplicate value: "cluster"`,
    },
    {
      name: 'a tunnel to the store',
      text: configuration([
        { name: 'etcd', connection: { proxyProtocol: 'HTTPConnect', transport: { uds } } },
      ]),
      says: `${VALIDATE}.protocol: Forbidden: egressSelection "etcd" must be Direct or absent`,
    },
    {
      name: 'Direct with a transport',
      text: cluster({ proxyProtocol: 'Direct', transport: { uds } }),
      says: `${VALIDATE}.transport: Invalid value: "direct": config must be absent for direct connect`,
    },
    {
      name: 'HTTPConnect without a transport',
      text: cluster({ proxyProtocol: 'HTTPConnect' }),
      says: `${VALIDATE}.transport: Required value: transport must be set for HTTPConnect`,
    },
    {
      name: 'a transport of no kind',
      text: httpConnect({}),
      says: `${VALIDATE}.tcp: Required value: One of TCP or UDS must be set`,
    },
    {
      name: 'a transport of both kinds',
      text: httpConnect({ tcp, uds }),
      says: 'TCP and UDS cannot both be set',
    },
    {
      name: 'GRPC without a transport',
      text: cluster({ proxyProtocol: 'GRPC' }),
      says: `${VALIDATE}.transport: Required value: transport must be set for GRPC`,
    },
    {
      name: 'GRPC over TCP',
      text: cluster({ proxyProtocol: 'GRPC', transport: { tcp } }),
      says: `${VALIDATE}.uds: Required value: UDS must be set with GRPC`,
    },
    {
      name: 'a unix socket without a path',
      text: httpConnect({ uds: {} }),
      says: `${VALIDATE}.udsName: Invalid value: "nil": must be present for UDS connections`,
    },
    {
      name: 'a unix socket as a URL',
      text: httpConnect({ uds: { udsName: 'unix:///run/k.socket' } }),
      says: `${VALIDATE}.udsName: Invalid value: "unix:///run/k.socket": must be an absolute path`,
    },
    {
      name: 'plain HTTP over TCP',
      text: httpConnect({ tcp: { url: 'http://127.0.0.1:8131' } }),
      says: `${VALIDATE}.url: Forbidden: plain HTTP is refused: whoever can reach this port would reach every node`,
    },
    {
      name: 'another scheme',
      text: overTcp({ url: 'ssh://127.0.0.1' }),
      says: `${VALIDATE}.url: Invalid value: "ssh://127.0.0.1": supported connection protocols are http:// and https://`,
    },
    {
      name: 'a URL with a path',
      text: overTcp({ url: 'https://127.0.0.1:8131/x' }),
      says: `${VALIDATE}.url: Invalid value: "https://127.0.0.1:8131/x": must be https://HOST:PORT and nothing more`,
    },
    {
      name: 'a URL without a host',
      text: overTcp({ url: 'https://' }),
      says: `${VALIDATE}.url: Invalid value: "https://": must be https://HOST:PORT and nothing more`,
    },
    {
      name: 'HTTPS without a tlsConfig',
      text: httpConnect({ tcp: { url: tcp.url } }),
      says: `${VALIDATE}.tlsConfig: Required value: TLSConfig must be present when using HTTPS`,
    },
    {
      name: 'HTTPS for which any CA vouches',
      text: overTcp({ tlsConfig: { clientCert, clientKey } }),
      says: `${VALIDATE}.tlsConfig.caBundle: Invalid value: "nil": Using TLS requires caBundle`,
    },
    {
      name: 'HTTPS without a certificate',
      text: overTcp({ tlsConfig: { caBundle, clientKey } }),
      says: `${VALIDATE}.tlsConfig.clientCert: Invalid value: "nil": Using TLS requires clientCert`,
    },
    {
      name: 'HTTPS without a key',
      text: overTcp({ tlsConfig: { caBundle, clientCert } }),
      says: `${VALIDATE}.tlsConfig.clientKey: Invalid value: "nil": Using TLS requires clientKey`,
    },
    {
      name: 'files that do not exist',
      text: overTcp({ tlsConfig: { caBundle, clientCert: '/nowhere', clientKey } }),
      says: `${VALIDATE}.tlsConfig.clientCert: Invalid value: "/nowhere": TLS client cert does not exist`,
    },
  ];
  for (const { name, text, says } of cases)
    test(name, () => {
      const faults = faultsOf(written(text));
      expect(faults).toHaveLength(1);
      expect(faults[0]).toStartWith('--egress-selector-config-file /');
      expect(faults[0]).toContain(says);
    });

  test('a file that is not there', () => {
    const flags = { ...none, egressSelectorConfigFile: '/nowhere/egress.yaml' };
    expect(faultsOf(flags)[0]).toContain(
      `${READ}unable to read egress selector configuration from "/nowhere/egress.yaml" [ENOENT`,
    );
  });

  test('SSH beside a tunnel for the same targets', () => {
    const [fault, ...others] = faultsOf({ ...written(httpConnect({ uds })), ...ssh });
    expect(fault).toStartWith('--ssh-user and --egress-selector-config-file contradict each other');
    expect(others).toEqual([]);
  });

  test('all that is wrong, at once', () => {
    const flags = { ...written(cluster({ proxyProtocol: 'x' })), sshUser: 'hub' };
    expect(faultsOf(flags)).toHaveLength(2);
  });
});
