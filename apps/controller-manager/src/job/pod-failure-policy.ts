import type { Pod, PodFailurePolicy, PodFailurePolicyRule } from '@hawser/api';

/** What follows from a failed pod, and why. */
export interface PolicyMatch {
  readonly action: string;
  readonly message: string;
}

/** The first rule that fits a failed pod (pkg/controller/job/pod_failure_policy.go). */
export function matchFailurePolicy(policy: PodFailurePolicy | undefined, pod: Pod): PolicyMatch | undefined {
  for (const [i, rule] of (policy?.rules ?? []).entries()) {
    const what = matchOf(rule, pod);
    if (what !== undefined)
      return { action: rule.action, message: `${what} matching ${rule.action} rule at index ${i}` };
  }
  return undefined;
}

function matchOf({ onExitCodes, onPodConditions = [] }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const { name, namespace } = pod.metadata;
  if (onExitCodes !== undefined) {
    const failed = [
      ...(pod.status?.initContainerStatuses ?? []),
      ...(pod.status?.containerStatuses ?? []),
    ].find((container) => {
      if (onExitCodes.containerName !== undefined && container.name !== onExitCodes.containerName)
        return false;
      const code = container.state?.terminated?.exitCode ?? 0;
      return code !== 0 && onExitCodes.values.includes(code) === (onExitCodes.operator === 'In');
    });
    if (failed === undefined) return undefined;
    const code = failed.state?.terminated?.exitCode;
    return `Container ${failed.name} for pod ${namespace}/${name} failed with exit code ${code}`;
  }
  const matched = onPodConditions.find(({ type, status }) =>
    pod.status?.conditions?.some((one) => one.type === type && one.status === status),
  );
  return matched && `Pod ${namespace}/${name} has condition ${matched.type}`;
}
