import {
  type ObjectMeta,
  type PersistentVolumeClaimSpec,
  parseQuantity,
  type Quantity,
  type ScopedResourceSelectorRequirement,
} from '@hawser/api';
import { type Amounts, count } from './amounts.ts';
import { countName, type Evaluator } from './evaluator.ts';
import { hasValue } from './scope-values.ts';

/** The part of a PersistentVolumeClaim that is looked at. */
interface Claim {
  readonly metadata: ObjectMeta;
  readonly spec?: PersistentVolumeClaimSpec;
  readonly status?: {
    readonly allocatedResources?: Readonly<Record<string, string>>;
    readonly currentVolumeAttributesClassName?: string;
  };
}

const COUNT = countName('', 'persistentvolumeclaims');
const CLAIMS = 'persistentvolumeclaims';
const STORAGE = 'requests.storage';
/** `CLASS` and this and one of the above: the same of one class of storage. */
const OF_CLASS = '.storageclass.storage.k8s.io/';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** What claims use (kubernetes/pkg/quota/v1/evaluator/core/persistent_volume_claims.go). A claim may grow. */
export const claimEvaluator: Evaluator = {
  group: '',
  plural: CLAIMS,
  handles: (operation, subresource) =>
    (operation !== 'DELETE' && subresource === '') || (operation === 'UPDATE' && subresource === 'status'),
  measures: (name) =>
    name === COUNT ||
    name === CLAIMS ||
    name === STORAGE ||
    name.endsWith(`${OF_CLASS}${CLAIMS}`) ||
    name.endsWith(`${OF_CLASS}${STORAGE}`),
  usage: (object) => usageOf(object as Claim),
  isInScope: (object, requirement) => isInScope(object as Claim, requirement),
};

function usageOf(claim: Claim): Amounts {
  const usage = new Map([
    [COUNT, count(1)],
    [CLAIMS, count(1)],
  ]);
  const storageClass = claim.metadata.annotations?.[CLASS_ANNOTATION] ?? claim.spec?.storageClassName ?? '';
  const storage = storageOf(claim);
  if (storage !== undefined) usage.set(STORAGE, storage);
  if (storageClass === '') return usage;
  usage.set(`${storageClass}${OF_CLASS}${CLAIMS}`, count(1));
  if (storage !== undefined) usage.set(`${storageClass}${OF_CLASS}${STORAGE}`, storage);
  return usage;
}

/** What is asked for, or what was given out where that is more. */
function storageOf({ spec, status }: Claim): Quantity | undefined {
  const texts = [spec?.resources?.requests?.['storage'], status?.allocatedResources?.['storage']];
  const amounts = texts.filter((text) => text !== undefined).map(parseQuantity);
  return amounts.reduce<Quantity | undefined>(
    (most, amount) => (most === undefined || most.nano < amount.nano ? amount : most),
    undefined,
  );
}

function isInScope({ spec, status }: Claim, requirement: ScopedResourceSelectorRequirement): boolean {
  if (requirement.scopeName !== 'VolumeAttributesClass') return false;
  const names = [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName];
  const known = names.filter((name) => name);
  if (known.length === 0) return hasValue(undefined, requirement);
  return known.some((name) => hasValue(name, requirement));
}
