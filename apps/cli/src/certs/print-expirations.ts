import { stringify } from 'yaml';
import { alignColumns } from '../table/align-columns.ts';
import { shortDuration } from '../table/short-duration.ts';
import type { Expiration, Expirations } from './expiration.ts';

export const EXPIRATION_FORMS = ['text', 'json', 'yaml'] as const;
export type ExpirationForm = (typeof EXPIRATION_FORMS)[number];

/** What `certs check-expiration` prints: kubeadm's table, or an object with the fields of kubeadm's. */
export function printExpirations(expirations: Expirations, now: Date, form: ExpirationForm): string {
  if (form === 'json') return `${JSON.stringify(toObject(expirations, now), undefined, 4)}\n`;
  if (form === 'yaml') return stringify(toObject(expirations, now));
  const yesNo = (value: boolean) => (value ? 'yes' : 'no');
  const row = (each: Expiration, ...ca: string[]) =>
    each.missing
      ? [`!MISSING! ${each.name}`, ...Array(ca.length + 3).fill('')]
      : [each.name, expires(each), residual(each, now), ...ca, yesNo(each.externallyManaged)];
  const head = ['EXPIRES', 'RESIDUAL TIME'];
  const certificates = alignColumns([
    ['CERTIFICATE', ...head, 'CERTIFICATE AUTHORITY', 'EXTERNALLY MANAGED'],
    ...expirations.certificates.map((each) => row(each, each.caName ?? '')),
  ]);
  const authorities = alignColumns([
    ['CERTIFICATE AUTHORITY', ...head, 'EXTERNALLY MANAGED'],
    ...expirations.authorities.map((each) => row(each)),
  ]);
  return `${certificates}\n${authorities}`;
}

/** As Go's layout `Jan 02, 2006 15:04 MST` has it. */
function expires({ notAfter }: Expiration): string {
  if (notAfter === undefined) return '<unreadable>';
  const [, day, month, year, time] = notAfter.toUTCString().split(' ');
  return `${month} ${day}, ${year} ${time?.slice(0, 5)} UTC`;
}

function residual({ notAfter }: Expiration, now: Date): string {
  return notAfter === undefined ? '<invalid>' : shortDuration(notAfter.getTime() - now.getTime());
}

function toObject({ certificates, authorities }: Expirations, now: Date) {
  const describe = ({ notAfter, ...each }: Expiration) => ({
    ...each,
    ...(notAfter === undefined
      ? {}
      : {
          expirationDate: notAfter.toISOString().replace(/\.\d+Z$/, 'Z'),
          residualTime: Math.trunc((notAfter.getTime() - now.getTime()) / 1000),
        }),
  });
  return {
    kind: 'CertificateExpirationInfo',
    apiVersion: 'hawser.dev/v1alpha1',
    certificates: certificates.map(describe),
    certificateAuthorities: authorities.map(describe),
  };
}
