import { conflict, forbidden, namespaces, type ResourceQuota, resourceQuotas } from '@hawser/api';
import { add, amountsOf, type Evaluator, evaluatorFor, exceeding, pick, QuotaError } from '@hawser/quota';
import type { AdmissionAttributes, AdmissionPlugin, Resource } from '@hawser/registry';
import type { Clock } from '@hawser/runtime';
import { type Charge, ChargesInFlight } from './charges.ts';
import { chargingWrite, QuotaCharger } from './quota-charger.ts';
import { storedUsage } from './stored-usage.ts';

export interface ResourceQuotaOptions {
  /** Every stored resource; quotas among them. */
  readonly resources: { of(kind: typeof resourceQuotas): Resource; all(): Iterable<Resource> };
  readonly clock: Clock;
  /** A charge could not be given back: it stands until the controller counts anew. */
  readonly onError: (error: unknown) => void;
}

/**
 * Lets pass what fits into the quotas of its namespace, and charges it to them before it is written, by
 * compare-and-swap: together writes never use more than a quota allows
 * (apiserver/pkg/admission/plugin/resourcequota). What comes to nothing is given back. Stands last, so that nothing is
 * charged that another plug-in refuses.
 */
export function resourceQuotaAdmission({ resources, clock, onError }: ResourceQuotaOptions): AdmissionPlugin {
  const inFlight = new ChargesInFlight();
  const quotas = () => resources.of(resourceQuotas);
  const charger = new QuotaCharger({ quotas, inFlight, clock });
  const charged = new WeakMap<AdmissionAttributes, readonly Charge[]>();

  /** A count of what is stored may have been made before what is charged was stored: it must not undo the charge. */
  const checkCount = (quota: ResourceQuota): void => {
    const { name, namespace = '' } = quota.metadata;
    const said = amountsOf(quota.status?.used);
    const least = add(storedUsage(quota, resources.all(), clock.now()), inFlight.of(namespace, name));
    const [short] = exceeding(pick(least, said.keys()), said);
    if (short !== undefined) throw conflict(resourceQuotas, name, `more than that is used of ${short}`);
  };

  const charge = async (attributes: AdmissionAttributes, evaluator: Evaluator): Promise<void> => {
    const { namespace, object, oldObject, subresource, context } = attributes;
    const usage = { object: object!, oldObject, isStatus: subresource === 'status' };
    const request = { evaluator, usage, dryRun: context.dryRun };
    try {
      const charges = await charger.charge(namespace, request);
      if (charges.length > 0) charged.set(attributes, charges);
    } catch (error) {
      if (error instanceof QuotaError) throw forbidden(attributes.kind, attributes.name ?? '', error.message);
      throw error;
    }
  };

  return {
    name: 'ResourceQuota',
    async validate(attributes) {
      const { kind, namespace, operation, subresource, object, context } = attributes;
      if (object === undefined || namespace === '' || kind === namespaces || context === chargingWrite)
        return;
      if (kind === resourceQuotas && operation === 'UPDATE' && subresource === 'status')
        return checkCount(object as unknown as ResourceQuota);
      if (quotas().cache.entries(namespace).length === 0) return;
      const evaluator = evaluatorFor(kind.group, kind.plural);
      if (!evaluator?.handles(operation, subresource)) return;
      await charge(attributes, evaluator);
    },
    async settled(attributes, committed) {
      const charges = charged.get(attributes);
      if (charges === undefined) return;
      charged.delete(attributes);
      if (committed) for (const one of charges) inFlight.remove(one);
      else await charger.refund(charges).catch(onError);
    },
  };
}
