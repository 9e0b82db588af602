const DEFAULT_HUB_PORT = 6443;

const DEFAULT_PORTS = {
  hub: DEFAULT_HUB_PORT,
  kubelet: 10250,
  kubeletHealth: 10248,
  controllerManager: 10257,
  konnectivityFrontEnd: 8131,
  konnectivityAgents: 8132,
  konnectivityAdmin: 8133,
  konnectivityHealth: 8134,
  konnectivityAgentHealth: 8093,
  konnectivityAgentAdmin: 8094,
  kubeProxyHealth: 10256,
  kubeProxyMetrics: 10249,
  nats: 4222,
  /** Of a development node's own sshd: 22 is the machine's, and privileged. */
  ssh: 10022,
} as const;

export type Ports = { readonly [K in keyof typeof DEFAULT_PORTS]: number };

/** All ports of a cluster whose hub listens on `hubPort`: with another than 6443 all move by the same distance. */
export function portsFor(hubPort: number): Ports {
  const distance = hubPort - DEFAULT_HUB_PORT;
  const moved = Object.entries(DEFAULT_PORTS).map(([name, port]) => [name, port + distance]);
  return Object.fromEntries(moved) as unknown as Ports;
}
