import type { Pod } from '@hawser/api';

/**
 * Why a kubelet may not have a token for these audiences: it gets one for the hub, or for an audience that a
 * projected volume of the pod asks for, and so cannot pose as the pod to whom the pod never spoke
 * (upstream's ServiceAccountNodeAudienceRestriction).
 */
export function audienceFault(
  audiences: readonly string[],
  { spec }: Pick<Pod, 'spec'>,
  hubAudiences: readonly string[],
): string | undefined {
  if (audiences.length > 1) return 'node may only request 0 or 1 audiences';
  const [asked = ''] = audiences;
  if (asked === '' || hubAudiences.includes(asked)) return undefined;
  const found = (spec.volumes ?? [])
    .flatMap(({ projected }) => projected?.sources ?? [])
    .some(({ serviceAccountToken }) => serviceAccountToken?.audience === asked);
  return found ? undefined : `audience ${JSON.stringify(asked)} not found in pod spec volume`;
}
