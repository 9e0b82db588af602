import type { ServerEvents } from '../server-events.ts';

/** Keeps what happened, a line each. */
export class RecordedEvents implements ServerEvents {
  readonly lines: string[] = [];

  agentConnected: ServerEvents['agentConnected'] = ({ agentID, identity }) =>
    void this.lines.push(`connected ${agentID} ${identity}`);
  agentLost: ServerEvents['agentLost'] = ({ agentID }, error) =>
    void this.lines.push(`lost ${agentID} ${error?.message ?? 'in order'}`);
  agentRefused: ServerEvents['agentRefused'] = ({ agentID, code, reason }) =>
    void this.lines.push(`refused ${agentID} ${code} ${reason}`);
  claimsRejected: ServerEvents['claimsRejected'] = ({ agentID }, claims) =>
    void this.lines.push(`rejected ${agentID} ${claims.map(({ value, reason }) => `${value}:${reason}`)}`);
  tunnelOpened: ServerEvents['tunnelOpened'] = ({ id, target, client, agent }) =>
    void this.lines.push(`opened ${id} ${client} ${agent.agentID} ${target.host}:${target.port}`);
  tunnelRefused: ServerEvents['tunnelRefused'] = ({ target }, reason) =>
    void this.lines.push(`tunnel refused ${target.host}:${target.port} ${reason}`);
  tunnelClosed: ServerEvents['tunnelClosed'] = ({ id }, { toTarget, fromTarget, error }) =>
    void this.lines.push(
      `closed ${id} ${toTarget} ${fromTarget} ${error === undefined ? 'in order' : 'lost'}`,
    );
}
