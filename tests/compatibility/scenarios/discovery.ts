import { configMap } from '../../cluster/objects.ts';
import type { ScenarioGroup } from '../scenario.ts';

/** What is served, and what it means. */
export const discoveryGroup: ScenarioGroup = {
  title: 'explain, api-resources, api-versions, version, cluster-info, config, proxy',
  scenarios: [
    {
      name: 'explain KIND, explain FIELD',
      steps: [
        {
          run: 'explain pod',
          stdout: /^KIND: +Pod\nVERSION: +v1\n\nDESCRIPTION:\n[\s\S]*^ {2}spec\t<PodSpec>/m,
        },
        {
          run: 'explain pod.spec.containers',
          stdout: /^FIELD: containers <\[\]Container>\n[\s\S]*^ {2}image\t<string>$/m,
        },
        { run: 'explain pod.spec.restartPolicy', stdout: /^FIELD: restartPolicy <string>\n/m },
        { run: 'explain configmaps.data', stdout: /^FIELD: data <map\[string\]string>$/m },
        { run: 'explain pod.spec.nothing', exitCode: 1, stderr: 'error: field "nothing" does not exist\n' },
        {
          run: 'explain gadget',
          exitCode: 1,
          stderr: 'the server doesn\'t have a resource type "gadget"\n',
        },
      ],
    },
    {
      name: 'explain of every group',
      steps: [
        { run: 'explain deployment', stdout: /^GROUP: +apps\nKIND: +Deployment\nVERSION: +v1\n/ },
        { run: 'explain service.spec.ports', stdout: /^FIELD: ports <\[\]ServicePort>\n/m },
        { run: 'explain cronjob.spec.schedule', stdout: /^FIELD: schedule <string>/m },
        { run: 'explain pdb.spec.minAvailable', stdout: /^FIELD: minAvailable <IntOrString>\n/m },
      ],
    },
    {
      name: 'explain --recursive',
      steps: [
        {
          run: 'explain pod --recursive',
          stdout: /^ {2}spec\t<PodSpec>[\s\S]*^ {4}containers\t<\[\]Container>/m,
        },
        { run: 'explain clusterrole.rules --recursive', stdout: /^ {2}verbs\t<\[\]string>/m },
      ],
    },
    {
      name: 'explain --api-version',
      steps: [
        {
          run: 'explain role --api-version=rbac.authorization.k8s.io/v1',
          stdout: /^GROUP: +rbac\.authorization\.k8s\.io\nKIND: +Role\nVERSION: +v1\n/,
        },
        {
          run: 'explain role --api-version=rbac.authorization.k8s.io/v9',
          exitCode: 1,
          stderr: /couldn't find resource for "rbac\.authorization\.k8s\.io\/v9, Resource=roles"/,
        },
      ],
    },
    {
      name: 'explain --output=plaintext-openapiv2',
      refused: 'the OpenAPI v2 document that is served names no kinds yet',
      steps: [
        {
          run: 'explain pod --output=plaintext-openapiv2',
          exitCode: 1,
          stderr: /couldn't find resource for "\/v1, Kind=Pod"/,
        },
      ],
    },
    {
      name: 'api-resources',
      steps: [
        {
          run: 'api-resources',
          stdout: /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\n[\s\S]*^pods +po +v1 +true +Pod$/m,
        },
        {
          run: 'api-resources -o wide',
          stdout:
            /^pods +po +v1 +true +Pod +create,delete,deletecollection,get,list,patch,update,watch +all$/m,
        },
        { run: 'api-resources -o name', stdout: /^clusterroles\.rbac\.authorization\.k8s\.io$/m },
        { run: 'api-resources --namespaced=false -o name', stdout: /^nodes$/m },
        { run: 'api-resources --verbs=list,watch --namespaced -o name', stdout: /^configmaps$/m },
        {
          run: 'api-resources --api-group=rbac.authorization.k8s.io --no-headers -o name',
          stdout:
            'clusterrolebindings.rbac.authorization.k8s.io\nclusterroles.rbac.authorization.k8s.io\nrolebindings.rbac.authorization.k8s.io\nroles.rbac.authorization.k8s.io\n',
        },
        { run: 'api-resources --sort-by=kind --no-headers', stdout: /Binding[\s\S]*TokenReview/ },
        { run: 'api-resources --categories=all -o name', stdout: /^pods$/m },
      ],
    },
    {
      name: 'api-versions',
      steps: [
        {
          run: 'api-versions',
          stdout: /^authentication\.k8s\.io\/v1\n[\s\S]*^rbac\.authorization\.k8s\.io\/v1\n[\s\S]*^v1\n$/m,
        },
      ],
    },
    {
      name: 'version',
      steps: [
        {
          run: 'version',
          stdout: /^Server Version: v1\.36\.\d+/m,
          stderr: /^$|version difference between client|version skew/,
          by: { '1.27': { stdout: /Server Version: version\.Info\{Major:"1", Minor:"36"/, stderr: /.*/ } },
        },
        { run: 'version -o json', stdout: /"serverVersion": \{[\s\S]*"minor": "36"/, stderr: /.*/ },
      ],
    },
    {
      name: 'cluster-info',
      steps: [
        {
          run: 'cluster-info',
          stdout: /Kubernetes control plane.* is running at .*https:\/\/127\.0\.0\.1:\d+/,
        },
      ],
    },
    {
      name: 'cluster-info dump',
      given: [configMap('a')],
      steps: [
        {
          run: 'cluster-info dump --namespaces {ns} --output-directory={dir}/dump',
          stdout: /Cluster info dumped to/,
        },
      ],
    },
    {
      name: 'config view, current-context, get-contexts, set-context, use-context',
      steps: [
        { run: "config view --minify -o 'jsonpath={.contexts[0].context.namespace}'", stdout: '{ns}' },
        { run: 'config view', stdout: /certificate-authority-data: DATA\+OMITTED/ },
        { run: 'config current-context', stdout: /^\S+\n$/ },
        {
          run: 'config set-context other --namespace=kube-system --cluster=none',
          stdout: 'Context "other" created.\n',
        },
        { run: 'config get-contexts -o name', stdout: /^other\n/m },
        { run: 'config use-context other', stdout: 'Switched to context "other".\n' },
        { run: 'config delete-context other', stdout: /^deleted context other from /, stderr: /.*/ },
      ],
    },
    {
      name: 'proxy',
      steps: [
        { start: 'proxy --unix-socket={dir}/proxy', heard: /^Starting to serve on / },
        { fetched: { socket: 'proxy', path: '/api/v1/namespaces/{ns}', says: /"name":"{ns}"/ } },
        { fetched: { socket: 'proxy', path: '/api/v1/namespaces/{ns}/pods/a/exec', says: /Forbidden/ } },
      ],
    },
    {
      name: 'options, help, completion, plugin list',
      steps: [
        { run: 'options', stdout: /--kubeconfig=''/ },
        { run: 'completion bash', stdout: /^# bash completion V2 for kubectl/m },
        { run: '__complete get pods ""', stdout: /:\d+\n$/, stderr: /Completion ended with directive/ },
        { run: 'plugin list', exitCode: 1, stderr: /unable to find any kubectl plugins/ },
      ],
    },
  ],
};
