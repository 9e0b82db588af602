import type { Scenario, ScenarioGroup } from '../scenario.ts';

const NOT_SERVED = 'the kinds of apps, batch, networking and autoscaling are not served yet';
const notServed = (name: string, run: string): Scenario => ({
  name,
  refused: NOT_SERVED,
  steps: [
    {
      run,
      exitCode: 1,
      stderr:
        /could not find the requested resource|the server doesn't have a resource type|no matches for kind/,
    },
  ],
});

/** What is made of pods. */
export const workloadsGroup: ScenarioGroup = {
  title: 'deployments, jobs, ingresses; rollout, scale, autoscale',
  scenarios: [
    notServed('create deployment', 'create deployment d --image=host'),
    notServed('create job', 'create job j --image=host'),
    notServed('create cronjob', "create cronjob c --image=host --schedule='* * * * *'"),
    notServed('create ingress', 'create ingress i --rule=example.org/=s:80'),
    notServed('rollout status', 'rollout status deployment/d'),
    notServed('scale', 'scale deployment/d --replicas=2'),
    notServed('autoscale', 'autoscale deployment/d --max=2'),
  ],
};
