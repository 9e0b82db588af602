import { describe, expect, test } from 'bun:test';
import { type FlagError, parseFlags } from '@hawser/config';
import { completeOptions, FLAGS } from './options.ts';

const complete = (...argv: string[]) =>
  completeOptions(parseFlags(FLAGS, ['--kubeconfig', '/k', ...argv]).options);

describe('the kubelet’s options', () => {
  test('work out what is not said', () => {
    const options = complete(
      '--hostname-override',
      'Node-1',
      '--node-ip',
      '127.0.1.1',
      '--root-dir',
      '/state',
    );
    expect(options).toMatchObject({
      nodeName: 'node-1',
      address: '127.0.1.1',
      certDir: '/state/pki',
      podLogsDir: '/state/logs',
      containerLogMaxBytes: 10 * 1024 * 1024,
    });
  });

  test('read labels and taints', () => {
    const options = complete(
      '--node-labels',
      'a=1,b=',
      '--register-with-taints',
      'k=v:NoSchedule,x:NoExecute',
    );
    expect(options.nodeLabels).toEqual({ a: '1', b: '' });
    expect(options.registerWithTaints).toEqual([
      { key: 'k', value: 'v', effect: 'NoSchedule' },
      { key: 'x', effect: 'NoExecute' },
    ]);
  });

  test('take NATS with all that makes the link mTLS, or not at all', () => {
    const files = ['--nats-ca-file', '/ca', '--nats-cert-file', '/crt', '--nats-key-file', '/key'];
    expect(complete().nats).toBeUndefined();
    expect(complete('--nats-url', 'tls://hub:4222', ...files).nats).toEqual({
      servers: ['tls://hub:4222'],
      caFile: '/ca',
      certificateFile: '/crt',
      keyFile: '/key',
    });
    for (let missing = 0; missing < files.length; missing += 2)
      expect(() => complete('--nats-url', 'tls://hub:4222', ...files.toSpliced(missing, 2))).toThrow(
        '--nats-url needs --nats-ca-file',
      );
  });

  test('report every fault at once', () => {
    const argv = [
      '--node-labels',
      'a',
      '--register-with-taints',
      'k=v',
      '--container-log-max-size',
      'big',
      '--max-pods',
      '0',
    ];
    let faults: readonly string[] = [];
    try {
      complete(...argv);
    } catch (error) {
      faults = (error as FlagError).faults;
    }
    expect(faults.map((fault) => /--[a-z-]+/.exec(fault)?.[0])).toEqual([
      '--node-labels',
      '--register-with-taints',
      '--container-log-max-size',
      '--max-pods',
    ]);
  });
});
