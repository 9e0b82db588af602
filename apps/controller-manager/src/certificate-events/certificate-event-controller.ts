import { type CertificateSigningRequest, CSR_DECIDED_BY, certificateSigningRequests } from '@hawser/api';
import { CloudEventSource, cutText, eventRecord } from '@hawser/audit';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { eventDataOf, outcomesOf } from './certificate-event-data.ts';
import type { EventLedger, RecordedDecision } from './event-ledger.ts';
import type { Outcome, OwnDecisions } from './own-decisions.ts';

export interface CertificateEventOptions {
  readonly ledger: EventLedger;
  readonly decisions: OwnDecisions;
}

type Csr = CertificateSigningRequest;

/** Of no instance: whichever controller manager tells of a decision, it is the same event. */
const SOURCE = '/controller-manager';
/** Where the audit trail has who approved or denied what says nothing of that. */
const APPROVALS = 'audit.apiserver.*.certificates_k8s_io.certificatesigningrequests_approval.-';

/**
 * Records an event of every approval, denial, signature and failure that it sees in certificate requests, whoever made
 * it: people's and other signers' as well. Each is recorded once, also across restarts; what came and went while no
 * controller manager ran is not seen.
 */
export function createCertificateEventController(
  context: ControllerContext,
  options: CertificateEventOptions,
): Controller {
  const name = 'certificatesigningrequest-event-controller';
  const csrs = context.informers.get(certificateSigningRequests);
  const recorder = new CertificateEvents(context, options);
  /** The last state of those that are gone, until that is recorded. */
  const gone = new Map<string, Csr>();
  const sync = async (key: string) => {
    const last = gone.get(key);
    const csr = last ?? csrs.get(key);
    if (csr) await recorder.record(csr);
    if (!last) return;
    await recorder.forget(last);
    gone.delete(key);
  };
  const reconciler = new Reconciler(context, { name, sync, concurrency: 1 })
    .follow(csrs)
    .onDelete(csrs, (csr) => {
      const key = `gone ${csr.metadata.uid}`;
      gone.set(key, csr);
      return [key];
    });
  return {
    name,
    run: async (signal) => {
      const forgetting = csrs.synced.then(() => recorder.keepOnly(csrs.list()));
      forgetting.catch((error: unknown) => context.logger.warn({ error }, 'old notes of events stay'));
      await reconciler.run(signal);
    },
  };
}

class CertificateEvents {
  readonly #ledger: EventLedger;
  readonly #decisions: OwnDecisions;
  readonly #source: CloudEventSource;
  readonly #logger: ControllerContext['logger'];
  /** What is known to be recorded: a request changes more often than something becomes of it. */
  readonly #recorded = new Set<string>();

  constructor({ clock, logger }: ControllerContext, { ledger, decisions }: CertificateEventOptions) {
    this.#ledger = ledger;
    this.#decisions = decisions;
    this.#logger = logger;
    this.#source = new CloudEventSource('controller-manager', SOURCE, () => clock.now());
  }

  async record(csr: Csr): Promise<void> {
    for (const outcome of outcomesOf(csr)) {
      const id = idOf(csr, outcome);
      if (this.#recorded.has(id)) continue;
      await this.#recordOutcome(csr, outcome, id);
      this.#recorded.add(id);
    }
  }

  async #recordOutcome(csr: Csr, outcome: Outcome, id: string): Promise<void> {
    const uid = csr.metadata.uid ?? '';
    const by = (await this.#decisions.authorOf(csr.metadata.uid, outcome)) ?? deciderOf(csr, outcome);
    const data = { ...eventDataOf(csr, outcome), ...(await this.#authors(csr, outcome, by)) };
    const event = this.#source.event(`certificate.${outcome}`, csr.metadata.name, data, id);
    const isNew = await this.#ledger.record(uid, outcome, { by }, eventRecord(event));
    if (isNew) this.#logger.debug({ csr: csr.metadata.name, outcome, by }, 'certificate event recorded');
  }

  /** Who decided, and of what follows from an approval who gave that. */
  async #authors(csr: Csr, outcome: Outcome, by: string | undefined): Promise<object> {
    if (outcome === 'approved' || outcome === 'denied') return decidedBy(csr, { by });
    const approval = await this.#ledger.recall(csr.metadata.uid ?? '', 'approved');
    const signer = by === undefined ? {} : { by: { username: by } };
    return { ...signer, ...(approval === undefined ? {} : { approval: decidedBy(csr, approval) }) };
  }

  /** To be called when the request is gone for good. */
  async forget(csr: Csr): Promise<void> {
    for (const outcome of outcomesOf(csr)) this.#recorded.delete(idOf(csr, outcome));
    this.#decisions.forget(csr.metadata.uid);
    await this.#ledger.forget(csr.metadata.uid ?? '');
  }

  /** Forgets what went while nobody looked. */
  async keepOnly(csrs: readonly Csr[]): Promise<void> {
    const there = new Set(csrs.map(({ metadata }) => metadata.uid));
    for (const uid of await this.#ledger.uids()) if (!there.has(uid)) await this.#ledger.forget(uid);
  }
}

/** The same for the same happening, however often it is told of. */
const idOf = ({ metadata }: Csr, outcome: Outcome): string => `${metadata.uid}:${outcome}`;

/** Whom the hub saw decide; not who signed, of which it keeps no note. */
function deciderOf(csr: Csr, outcome: Outcome): string | undefined {
  if (outcome !== 'approved' && outcome !== 'denied') return undefined;
  const username = csr.metadata.annotations?.[CSR_DECIDED_BY];
  return username === undefined ? undefined : cutText(username);
}

/**
 * Who approved or denied. A request that was decided before the hub made a note of it does not say: at most which
 * manager of fields wrote it, where those are tracked. The audit trail has it.
 */
function decidedBy(csr: Csr, { by }: RecordedDecision): object {
  if (by !== undefined) return { by: { username: by } };
  const { managedFields = [] } = csr.metadata;
  const manager = managedFields.find(({ subresource }) => subresource === 'approval')?.manager;
  return { by: { ...(manager === undefined ? {} : { manager }), auditSubject: APPROVALS } };
}
