import { describe, expect, test } from 'bun:test';
import { checkFile } from './check-file.ts';
import type { WorkspacePackage } from './workspace-packages.ts';

const workspace = (directory: string, ...dependencies: string[]): WorkspacePackage => ({
  directory,
  name: directory.replace(/^(libs|apps)/, '@hawser'),
  dependencies: new Set(dependencies),
  files: [],
});
const pki = workspace('libs/pki', '@hawser/runtime', 'node-forge');
const runtime = workspace('libs/runtime', '@hawser/pki');
const kubelet = workspace('apps/kubelet', '@hawser/pki', '@hawser/apiserver', '@hawser/storage');
const storage = workspace('libs/storage');
const packages = [pki, runtime, kubelet, storage, workspace('apps/apiserver')];

const check = (owner: WorkspacePackage, source: string, file = 'src/a.ts') =>
  checkFile(`${owner.directory}/${file}`, source, owner, packages);

describe('allows', () => {
  const cases = [
    { name: 'imports downwards', owner: pki, source: "import { sleep } from '@hawser/runtime';" },
    {
      name: 'the contract suite of a port',
      owner: kubelet,
      source: "import type { A } from '@hawser/storage/testing';",
    },
    { name: 'files of the same package', owner: pki, source: "export { a } from '../src/b.ts';" },
    {
      name: 'what comes with the runtime',
      owner: pki,
      source: "import 'node:fs';\nimport { Glob } from 'bun';",
    },
    {
      name: 'part of a declared dependency',
      owner: pki,
      source: "import asn1 from 'node-forge/lib/asn1.js';",
    },
    {
      name: 'the command lines of services in tests',
      owner: workspace('tests'),
      source: "import { apiserverCommand } from '../../scripts/services.ts';",
    },
    { name: 'a comment on the environment', owner: pki, source: '// process.env is not read here' },
  ];
  test.each(cases)('$name', ({ owner, source }) => expect(check(owner, source)).toEqual([]));
});

describe('connections of the hub', () => {
  const hub = workspace('apps/apiserver', '@hawser/dial');
  const withDial = [...packages, workspace('libs/dial')];
  const faultsOf = (source: string, file = 'src/a.ts') =>
    checkFile(`apps/apiserver/${file}`, source, hub, withDial);
  const ways = [
    "import { DirectDialer } from '@hawser/dial';",
    'const socket = net.connect({ port });',
    'const socket = net.createConnection(port);',
    "import { connect } from 'node:net';",
    "import { isIP, Socket } from 'node:net';",
    "import { request as ask } from 'node:http';",
    "import https from 'node:https';",
    'await fetch(url);',
    'await Bun.connect({ hostname, port });',
    'tls.connect({ host, port });',
    'http.request({ host });',
    "http.get('http://10.0.0.1');",
    "import { lookup } from 'node:dns/promises';",
  ];
  test.each(ways)('are not made by %s', (source) => {
    expect(faultsOf(source).length).toBeGreaterThan(0);
    expect(faultsOf(source)[0]).toStartWith('apps/apiserver/src/a.ts:1: ');
  });
  test('go over streams that they were given', () => {
    expect(faultsOf('tls.connect({ socket: stream, servername });')).toEqual([]);
    expect(faultsOf("import { isIP, type Socket } from 'node:net';")).toEqual([]);
    expect(faultsOf('http.request({\n  createConnection: () => socket,\n});')).toEqual([]);
  });
  test('come from the egress', () => {
    expect(faultsOf("import { DirectDialer } from '@hawser/dial';", 'src/egress/create-egress.ts')).toEqual(
      [],
    );
  });
});

describe('refuses', () => {
  const cases = [
    {
      name: 'imports upwards',
      owner: runtime,
      source: "\nimport type {\n  A,\n} from '@hawser/pki';",
      fault: 'libs/runtime/src/a.ts:2: libs/runtime (L0) may not import libs/pki (L1)',
    },
    {
      name: 'one app in another',
      owner: kubelet,
      source: "import '@hawser/apiserver';",
      fault: 'may not import apps/apiserver',
    },
    {
      name: 'deep imports',
      owner: kubelet,
      source: "import { a } from '@hawser/pki/src/der.ts';",
      fault: 'deep import',
    },
    {
      name: 'relative paths out of the package',
      owner: kubelet,
      source: "import '../../../libs/pki/src/der.ts';",
      fault: 'reaches into another package',
    },
    {
      name: 'what is not declared',
      owner: pki,
      source: "import ws from 'ws';",
      fault: "ws is not in the package's dependencies",
    },
    {
      name: 'a package that is not declared',
      owner: kubelet,
      source: "import { a } from '@hawser/runtime';",
      fault: '@hawser/runtime is not in',
    },
    {
      name: 'reading the environment',
      owner: kubelet,
      source: 'const home = process.env.HOME;',
      fault: 'a.ts:1: the environment is read by',
    },
  ];
  test.each(cases)('$name', ({ owner, source, fault }) => {
    const faults = check(owner, source);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(fault);
  });
  test('names that say nothing', () => {
    expect(check(pki, '', 'src/utils.ts')[0]).toContain('says nothing');
    expect(check(pki, '', 'src/helpers/pem.ts')[0]).toContain('says nothing');
  });
});
