import type { NatsOptions } from './nats-connection.ts';

/** Where a service takes what it publishes, all but its name there. */
export type NatsTarget = Omit<NatsOptions, 'clientName'>;

/** The options that the flags parse to. */
export interface NatsFlagValues {
  readonly natsUrl?: string;
  readonly natsCaFile?: string;
  readonly natsCertFile?: string;
  readonly natsKeyFile?: string;
}

interface StringFlag {
  readonly type: 'string';
  readonly help: string;
}

/**
 * The flags by which a service is told where its events go; the same for all.
 * @param url the help of `--nats-url`: what goes there, and where it waits without. @param holder whose certificate.
 */
export function natsFlags(
  url: string,
  holder: string,
): Readonly<Record<'nats-url' | 'nats-ca-file' | 'nats-cert-file' | 'nats-key-file', StringFlag>> {
  const flag = (help: string): StringFlag => ({ type: 'string', help });
  return {
    'nats-url': flag(`Hawser's own: where ${url}`),
    'nats-ca-file': flag('The CA that must vouch for the NATS server.'),
    'nats-cert-file': flag(`${holder} client certificate for NATS.`),
    'nats-key-file': flag('Its private key.'),
  };
}

/**
 * What the flags say; undefined where they say nothing, or say it by halves: a link that is not mTLS there is not.
 * @param faults takes what is missing.
 */
export function natsTarget(flags: NatsFlagValues, faults: string[]): NatsTarget | undefined {
  const { natsUrl, natsCaFile, natsCertFile, natsKeyFile } = flags;
  if (natsUrl === undefined) return undefined;
  if (natsUrl && natsCaFile && natsCertFile && natsKeyFile)
    return { servers: [natsUrl], caFile: natsCaFile, certificateFile: natsCertFile, keyFile: natsKeyFile };
  faults.push(
    '--nats-url needs --nats-ca-file, --nats-cert-file and --nats-key-file: the link is always mTLS',
  );
  return undefined;
}
