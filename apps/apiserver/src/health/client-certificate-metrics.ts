import { Histogram, type Registry } from '@hawser/observability';

const [HOUR, DAY] = [3_600, 86_400];
/** Upstream's. */
const BUCKETS = [
  ...[0, HOUR / 2, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR],
  ...[DAY, 2 * DAY, 4 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 180 * DAY, 360 * DAY],
];

/**
 * Counts how long the certificates are good for yet that clients come with, so that it is seen beforehand when some
 * are not renewed.
 * @returns what is to be told of each.
 */
export function observeClientCertificates(registry: Registry): (remainingSeconds: number) => void {
  const histogram = new Histogram({
    name: 'apiserver_client_certificate_expiration_seconds',
    help: 'How long the certificate of a request was good for yet.',
    buckets: BUCKETS,
    registers: [registry],
  });
  return (seconds) => histogram.observe(seconds);
}
