import { expect, test } from 'bun:test';
import { defineFlags, FlagError, flagHelp, parseDuration, parseFlags } from './flags.ts';

const table = defineFlags({
  'secure-port': { type: 'int', help: 'port', default: '6443' },
  'client-ca-file': { type: 'string', help: 'CA', required: true },
  'anonymous-auth': { type: 'bool', help: 'anonymous', default: 'true' },
  'signing-duration': { type: 'duration', help: 'life', default: '8760h' },
  'old-signing-duration': { type: 'duration', help: '', deprecatedFor: 'signing-duration' },
  'authorization-mode': {
    type: 'strings',
    help: 'modes',
    default: 'Node,RBAC',
    oneOf: ['Node', 'RBAC', 'AlwaysAllow'],
  },
  'nats-url': { type: 'string', help: 'NATS' },
  v: { type: 'int', help: '', noEffect: 'there is one log' },
  profiling: { type: 'bool', help: '', noEffect: 'there is none', oneOf: ['false'] },
});

test('parses both spellings, defaults and lists', () => {
  const { options } = parseFlags(table, [
    '--client-ca-file',
    'ca.crt',
    '--secure-port=1',
    '--anonymous-auth=false',
  ]);
  expect(options).toEqual({
    securePort: 1,
    clientCaFile: 'ca.crt',
    anonymousAuth: false,
    signingDuration: 8760 * 3_600_000,
    authorizationMode: ['Node', 'RBAC'],
    natsUrl: undefined,
  });
});

test('reports every fault at once', () => {
  const parse = () =>
    parseFlags(table, ['--secure-prot=1', '--secure-port=x', 'stray', '--authorization-mode=ABAC']);
  expect(parse).toThrow(FlagError);
  try {
    parse();
  } catch (error) {
    expect((error as FlagError).faults).toEqual([
      'unknown flag: --secure-prot',
      'unexpected argument "stray"',
      'invalid value "x" for --secure-port: expected a whole number',
      '--client-ca-file is required: CA',
      'invalid value "ABAC" for --authorization-mode: expected one of Node, RBAC, AlwaysAllow',
    ]);
  }
});

test('takes a deprecated spelling with a warning', () => {
  const { options, warnings } = parseFlags(table, ['--client-ca-file=x', '--old-signing-duration=1h']);
  expect(options.signingDuration).toBe(3_600_000);
  expect(warnings).toEqual(['--old-signing-duration is deprecated, use --signing-duration']);
});

test('takes flags of upstream that do nothing here with a warning, unless they ask for what is not there', () => {
  const { options, warnings } = parseFlags(table, [
    '--client-ca-file=x',
    '-v=4',
    '--v',
    '2',
    '--profiling=false',
  ]);
  expect(options).not.toContainAnyKeys(['v', 'profiling']);
  expect(warnings).toEqual([
    '--v has no effect: there is one log',
    '--v has no effect: there is one log',
    '--profiling has no effect: there is none',
  ]);
  expect(() => parseFlags(table, ['--client-ca-file=x', '--profiling'])).toThrow(
    'invalid value "true" for --profiling: expected one of false',
  );
  expect(() => parseFlags(table, ['--client-ca-file=x', '-x', '--constructor=y'])).toThrow(
    'unknown flag: -x\nunknown flag: --constructor',
  );
});

test('names flags without effect in the help at its end only', () => {
  const help = flagHelp('hawser-x', table);
  expect(help).toEndWith("\nOf upstream's, accepted without effect: --v, --profiling\n");
  expect(help.match(/--profiling/g)).toHaveLength(1);
});

test('reads Go durations', () => {
  expect(parseDuration('1h30m')).toBe(5_400_000);
  expect(parseDuration('1.5s')).toBe(1500);
  expect(parseDuration('300ms')).toBe(300);
  expect(parseDuration('5')).toBeUndefined();
  expect(parseDuration('soon')).toBeUndefined();
});
