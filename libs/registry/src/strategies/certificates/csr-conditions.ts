import {
  type CertificateSigningRequest,
  duplicate,
  type FieldError,
  forbiddenField,
  formatTime,
  invalidValue,
  notSupported,
  required,
} from '@hawser/api';

type Status = NonNullable<CertificateSigningRequest['status']>;
export type CsrCondition = NonNullable<Status['conditions']>[number];

const FIELD = 'status.conditions';
const DECISIONS = ['Approved', 'Denied'] as const;
/** Conditions that say that something has happened: they are there, and True, or not there. */
const FINAL: readonly string[] = [...DECISIONS, 'Failed'];
const ANY_STATUS = ['False', 'True', 'Unknown'];

/** The conditions of one type, in their order. */
export function conditionsOf(csr: CertificateSigningRequest, type: string): CsrCondition[] {
  return (csr.status?.conditions ?? []).filter((condition) => condition.type === type);
}

/** Conditions with the times that their writer left out; one that stood before keeps that of its transition. */
export function withTimes(
  conditions: readonly CsrCondition[],
  old: CertificateSigningRequest,
  now: Date,
): CsrCondition[] {
  const time = formatTime(now);
  return conditions.map((condition) => {
    const before = conditionsOf(old, condition.type).find(({ status }) => status === condition.status);
    const { lastUpdateTime = time, lastTransitionTime = before?.lastTransitionTime ?? time } = condition;
    return { ...condition, lastUpdateTime, lastTransitionTime };
  });
}

/**
 * Approvals and denials as they stood, for a way of writing that may not change them. Where some were added or are
 * missing nothing is restored, so that validation sees it.
 */
export function withOldDecisions(
  conditions: readonly CsrCondition[],
  old: CertificateSigningRequest,
): CsrCondition[] {
  const restored = [...conditions];
  for (const type of DECISIONS) {
    const before = conditionsOf(old, type);
    const places = restored.flatMap((condition, i) => (condition.type === type ? [i] : []));
    if (places.length !== before.length) continue;
    places.forEach((place, i) => {
      restored[place] = before[i]!;
    });
  }
  return restored;
}

/**
 * Faults of conditions as they now are, what was wrong before excepted (pkg/apis/certificates/validation
 * `validateConditions`).
 */
export function conditionFaults(
  csr: CertificateSigningRequest,
  old: CertificateSigningRequest,
): FieldError[] {
  const faults: FieldError[] = [];
  const before = (old.status?.conditions ?? []).map(({ type }) => type);
  const toleratesBoth = DECISIONS.every((type) => before.includes(type));
  const toleratesRepeats = new Set(before).size < before.length;
  const seen = new Set<string>();
  (csr.status?.conditions ?? []).forEach(({ type, status }, i) => {
    const at = `${FIELD}[${i}]`;
    if (!type && !before.includes('')) faults.push(required(`${at}.type`));
    faults.push(...statusFaults(`${at}.status`, type, status));
    const other = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined;
    if (!toleratesBoth && other !== undefined && seen.has(other))
      faults.push(invalidValue(`${at}.type`, type, 'Approved and Denied conditions are mutually exclusive'));
    if (!toleratesRepeats && seen.has(type)) faults.push(duplicate(`${at}.type`, type));
    seen.add(type);
  });
  return faults;
}

function statusFaults(field: string, type: string, status: string): FieldError[] {
  const allowed = FINAL.includes(type) ? ['True'] : ANY_STATUS;
  if (!status) return [required(field)];
  return allowed.includes(status) ? [] : [notSupported(field, status, allowed)];
}

/** What has happened is not taken back, whoever writes. */
export function removalFaults(csr: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  return FINAL.filter((type) => conditionsOf(csr, type).length < conditionsOf(old, type).length).map((type) =>
    forbiddenField(FIELD, `updates may not remove a condition of type ${JSON.stringify(type)}`),
  );
}

/** Decisions come by the subresource approval alone. */
export function decisionFaults(csr: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  return DECISIONS.filter((type) => conditionsOf(csr, type).length > conditionsOf(old, type).length).map(
    (type) => forbiddenField(FIELD, `updates may not add a condition of type ${JSON.stringify(type)}`),
  );
}
