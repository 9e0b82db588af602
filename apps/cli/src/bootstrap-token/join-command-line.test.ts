import { expect, test } from 'bun:test';
import { createCertificateAuthority, spkiHash } from '@hawser/pki';
import { joinCommandLine } from './join-command-line.ts';

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
