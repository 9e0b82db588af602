import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildKubeconfig,
  formatClusterInfo,
  type KubeClient,
  StatusError,
  writeKubeconfig,
} from '@hawser/client';
import { createCertificateAuthority, spkiHash } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { joinCommandLine, readClusterInfo } from './join-command-line.ts';

const authority = () =>
  createCertificateAuthority({
    subject: { commonName: 'kubernetes' },
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2036-01-01'),
  }).certificatePem;
const token = { id: 'abcdef', secret: '0123456789abcdef' };

test('names the hub, the token and the pin of each CA', () => {
  const [old, next] = [authority(), authority()];
  expect(
    joinCommandLine({ server: 'https://hub.example:6443', certificateAuthority: old + next }, token),
  ).toBe(
    `hawser join hub.example:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash ${spkiHash(old)} ` +
      `--discovery-token-ca-cert-hash ${spkiHash(next)}`,
  );
});

test('writes addresses of IPv6 in brackets, and the port that is not written', () => {
  const line = joinCommandLine({ server: 'https://[2001:db8::1]', certificateAuthority: authority() }, token);
  expect(line).toStartWith('hawser join [2001:db8::1]:443 ');
});

test('is not written for a host that means something to a shell', () => {
  const information = { server: 'https://a;reboot;.example:6443', certificateAuthority: authority() };
  expect(() => joinCommandLine(information, token)).toThrow('is no host name');
});

describe('where nodes reach the hub', () => {
  const published = { server: 'https://10.77.0.1:6443', certificateAuthority: authority() };
  const mine = { server: 'https://127.0.0.1:6443', certificateAuthority: authority() };
  const directory = mkdtempSync(join(tmpdir(), 'hawser-join-line-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Reads with a clock that goes on with each look; the n-th finds it. */
  async function read(publishedAtLook: number) {
    const kubeconfig = join(directory, 'admin.kubeconfig');
    const certificateAuthority = { data: mine.certificateAuthority };
    writeKubeconfig(
      kubeconfig,
      buildKubeconfig({ server: mine.server, certificateAuthority, userName: 'me' }),
    );
    const clock = new FakeClock();
    const warnings: string[] = [];
    let looks = 0;
    const get = async () => {
      setImmediate(() => clock.advance(200));
      if (++looks < publishedAtLook) throw new StatusError({ code: 404, reason: 'NotFound' });
      return { data: { kubeconfig: formatClusterInfo(published) } };
    };
    const client = { get } as unknown as Pick<KubeClient, 'get'>;
    const warn = (text: string) => void warnings.push(text);
    const signal = new AbortController().signal;
    return { ...(await readClusterInfo({ client, kubeconfig, clock, warn }, signal)), warnings };
  }

  test('is what the cluster publishes, if it does so soon', async () => {
    expect(await read(3)).toEqual({ ...published, warnings: [] });
  });

  test('is where this user reaches it, with a warning, if nobody publishes it', async () => {
    const { server, warnings } = await read(1_000);
    expect(server).toBe(mine.server);
    expect(warnings.join()).toContain('kube-public/cluster-info is not there');
  });
});
