import { Counter, Gauge, Histogram, type Registry } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { CertificateManagerOptions } from './certificate-manager.ts';
import type { StoredCertificate } from './certificate-store.ts';

type Purpose = 'client' | 'server';

const [HOUR, DAY] = [3_600, 86_400];
/** Upstream's: minutes to years. */
const AGE_BUCKETS = [
  60,
  HOUR,
  4 * HOUR,
  DAY,
  7 * DAY,
  30 * DAY,
  90 * DAY,
  180 * DAY,
  365 * DAY,
  4 * 365 * DAY,
];

/** How long a certificate is good for yet; without one, for ever, as upstream has it. */
export function addCertificateGauges(
  registry: Registry,
  certificates: Readonly<Record<Purpose, () => StoredCertificate | undefined>>,
  clock: Clock,
): void {
  for (const [name, current] of Object.entries(certificates))
    new Gauge({
      name: `kubelet_certificate_manager_${name}_ttl_seconds`,
      help: `Seconds until the ${name} certificate in use expires; negative once it has.`,
      registers: [registry],
      collect() {
        const notAfter = current()?.certificate.notAfter.getTime();
        const leftMs = notAfter === undefined ? Number.POSITIVE_INFINITY : notAfter - clock.now().getTime();
        this.set(leftMs / 1000);
      },
    });
}

/** What the manager of one certificate counts, under upstream's names, which are no pair. */
export function certificateMetrics(
  registry: Registry,
  purpose: Purpose,
): NonNullable<CertificateManagerOptions['metrics']> {
  const registers = [registry];
  const errors = new Counter({
    name:
      purpose === 'client'
        ? 'kubelet_certificate_manager_client_expiration_renew_errors'
        : 'kubelet_server_expiration_renew_errors',
    help: `Tries to renew the ${purpose} certificate that failed.`,
    registers,
  });
  // Upstream counts the serving certificate's alone.
  const ages =
    purpose === 'client'
      ? undefined
      : new Histogram({
          name: 'kubelet_certificate_manager_server_rotation_seconds',
          help: 'How long the serving certificate before was in use when the next took its place.',
          buckets: AGE_BUCKETS,
          registers,
        });
  return { renewalFailed: () => errors.inc(), renewed: (ageSeconds) => ages?.observe(ageSeconds) };
}
