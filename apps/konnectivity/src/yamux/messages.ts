import { type AgentHello, AgentRefusedError, type ServerHello } from '../link/agent-connection.ts';
import type { ControlMessage } from './control-channel.ts';

// What is said on the control stream. The agent begins with `hello`; the server answers `welcome` or `refused`. Then
// either may say `drain`: it asks for no more dials, or will take none.

export const DRAIN: ControlMessage = { type: 'drain' };

export function helloMessage({ agentID, identifiers, token }: AgentHello): ControlMessage {
  return { type: 'hello', agentID, identifiers, ...(token === undefined ? {} : { token }) };
}

/** @throws AgentRefusedError for what does not say who is there. */
export function parseHello(message: ControlMessage): AgentHello {
  const { type, agentID, identifiers = '', token } = message;
  const faulty = (what: string) => new AgentRefusedError('InvalidArgument', what);
  if (type !== 'hello') throw faulty('the first message must be a hello');
  if (typeof agentID !== 'string' || agentID === '')
    throw faulty('agentID must be a string that is not empty');
  if (typeof identifiers !== 'string') throw faulty('identifiers must be a string');
  if (token !== undefined && typeof token !== 'string') throw faulty('token must be a string');
  return { agentID, identifiers, ...(token === undefined ? {} : { token }) };
}

export function welcomeMessage({ serverID, serverCount }: ServerHello): ControlMessage {
  return { type: 'welcome', serverID, serverCount };
}

export function refusedMessage(error: unknown): ControlMessage {
  const { code, message } =
    error instanceof AgentRefusedError
      ? error
      : { code: 'Unavailable', message: 'the server cannot take agents' };
  return { type: 'refused', code, message };
}

/** @throws AgentRefusedError when the server has turned the agent away; Error when it says neither. */
export function parseWelcome(message: ControlMessage): ServerHello {
  const { type, serverID, serverCount } = message;
  if (type === 'refused')
    throw new AgentRefusedError(refusalCode(message['code']), String(message['message']));
  if (type !== 'welcome' || typeof serverID !== 'string' || !Number.isSafeInteger(serverCount))
    throw new Error('the server did not say who it is');
  return { serverID, serverCount: serverCount as number };
}

const CODES = ['Unauthenticated', 'PermissionDenied', 'InvalidArgument', 'Unavailable'] as const;

/** A code that is not known, of a newer server, is one that may pass. */
function refusalCode(code: unknown): AgentRefusedError['code'] {
  return CODES.find((known) => known === code) ?? 'Unavailable';
}
