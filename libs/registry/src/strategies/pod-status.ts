import { type FieldError, forbiddenField, invalidValue, type Pod } from '@hawser/api';
import { mirrorFaults } from '../validation/pod-spec/mirror-faults.ts';
import { canonicalIpFaults } from '../validation/value-faults.ts';

type Status = NonNullable<Pod['status']>;
type Statuses = NonNullable<Status['containerStatuses']>;

/** The first address and the list of them say the same; of two that differ the single one counts. */
export function completePodStatus(status: Status): void {
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  if (status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip;
}

/** Faults of a status that somebody reports of a pod (ValidatePodStatusUpdate). */
export function podStatusFaults({ status = {}, spec, metadata }: Pod, old: Pod): FieldError[] {
  const before = old.status ?? {};
  const sidecars = new Set(
    (spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map(({ name }) => name),
  );
  const policy = old.spec.restartPolicy ?? 'Always';
  return [
    ...mirrorFaults(metadata, old.metadata),
    ...transitionFaults(
      'status.containerStatuses',
      status.containerStatuses,
      before.containerStatuses,
      policy,
    ),
    ...transitionFaults(
      'status.initContainerStatuses',
      status.initContainerStatuses,
      before.initContainerStatuses,
      policy,
      sidecars,
    ),
    ...addressFaults('status.podIPs', status.podIPs),
    ...hostFaults(status),
  ];
}

/** What has ended for good does not run again. */
function transitionFaults(
  at: string,
  now: Statuses = [],
  before: Statuses = [],
  restartPolicy: string,
  mayRestart: ReadonlySet<string> = new Set(),
): FieldError[] {
  if (restartPolicy === 'Always') return [];
  const running = new Set(now.filter(({ state }) => state?.terminated === undefined).map(({ name }) => name));
  return before.flatMap(({ name, state }, i) => {
    const ended = state?.terminated;
    if (ended === undefined || mayRestart.has(name)) return [];
    if (ended.exitCode !== 0 && restartPolicy === 'OnFailure') return [];
    return running.has(name)
      ? [forbiddenField(`${at}[${i}].state`, 'may not be transitioned to non-terminated state')]
      : [];
  });
}

function addressFaults(at: string, addresses: readonly { ip?: string }[] = []): FieldError[] {
  const faults = addresses.flatMap(({ ip = '' }, i) => canonicalIpFaults(`${at}[${i}]`, ip));
  const families = new Set(addresses.map(({ ip = '' }) => ip.includes(':')));
  if (addresses.length > families.size)
    faults.push(invalidValue(at, addresses, 'may specify no more than one IP for each IP family'));
  return faults;
}

function hostFaults({ hostIP = '', hostIPs = [] }: Status): FieldError[] {
  const [first] = hostIPs;
  if (first === undefined) return [];
  return [
    ...(first.ip === hostIP
      ? []
      : [invalidValue('status.hostIPs[0].ip', first.ip ?? '', 'must be equal to `hostIP`')]),
    ...addressFaults('status.hostIPs', hostIPs),
  ];
}
