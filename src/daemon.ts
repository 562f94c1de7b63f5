import { extname } from 'node:path';
import { Aftermath } from './aftermath.ts';
import { Answers } from './answers.ts';
import { startCare } from './care.ts';
import { Cleanup } from './cleanup.ts';
import { kernelRules } from './config/kernel-rules.ts';
import { type Policy, wantsEveryProbe } from './config/policy.ts';
import { Connections } from './connections.ts';
import { refuseSecond, serveControl } from './control/server.ts';
import { Exempt } from './exempt.ts';
import { busyPorts } from './host/busy-ports.ts';
import { ephemeralPorts } from './host/host.ts';
import { type Journal, openJournal } from './journal.ts';
import type { LossCount } from './kernel/data-plane.ts';
import { openDataPlane } from './kernel/open.ts';
import { peerCredentials } from './kernel/privileges.ts';
import { TcpListener } from './kernel/tcp-listener.ts';
import { listen } from './listen/listen.ts';
import { toSighting } from './listen/sighting.ts';
import { ListKeeper } from './lists/keeper.ts';
import { LoaderThread } from './lists/thread.ts';
import { Logins } from './logins.ts';
import { remarksOn } from './remarks.ts';
import { Remembrance } from './remembrance.ts';
import { serveMetrics } from './report/http.ts';
import { Metrics } from './report/metrics.ts';
import { type Block, Blocks, type Lengthen } from './respond/blocks.ts';
import { makeGuard } from './respond/guard.ts';
import { Marks } from './respond/marks.ts';
import { Offences } from './respond/offences.ts';
import { Responses } from './respond/responses/responses.ts';
import { restore } from './restore.ts';
import { Sentry } from './sentry.ts';
import type { HistoryQuery } from './store/memory/rows.ts';
import type { Health } from './supervision.ts';
import { NS_PER_MS } from './values/duration.ts';
import { formatPrefix, type Prefix } from './values/prefix.ts';
import { version } from './version.ts';
import { watchedInterface } from './watched-interface.ts';

export type Daemon = {
  /** Resolves when somebody asks by the control socket that it stop. */
  readonly asked: Promise<string>;
  /** Detaches and frees everything; `cause` is told in the log. */
  stop(cause: string): Promise<void>;
  /** How it is at the moment. */
  health(): Health;
  /** The same, but what is pinned stays: the program goes on without this process. */
  leave(cause: string): Promise<void>;
};

/**
 * Builds the parts, joins them and lets them run. `write` takes what goes to standard output; `login` is the address from which the
 * starter is logged in by SSH. Throws a SentryError and leaves
 * nothing behind when that fails.
 */
export async function startDaemon(
  policy: Policy,
  write: (text: string) => void,
  login?: Prefix,
): Promise<Daemon> {
  const cleanup = new Cleanup();
  try {
    await refuseSecond(policy.socket);
    const journal = await openJournal(policy, write, cleanup);
    return await assemble(policy, journal, cleanup, login);
  } catch (error) {
    await cleanup.run(error as Error).catch(complain); // what went wrong first is what there is to mend
    throw error;
  }
}

/** How long the program of a sentry before this one goes on at most until the lists are here. */
const LISTS_MS = 10_000;

const complain = (error: Error): void => void process.stderr.write(`xdpsentry: ${error.message}\n`);

async function assemble(
  policy: Policy,
  journal: Journal,
  cleanup: Cleanup,
  login: Prefix | undefined,
): Promise<Daemon> {
  const { log, records } = journal;
  cleanup.onFailure(({ message }) => {
    if (policy.portsentry) log.tell({ event: 'failed', text: message }); // who starts PortSentry at boot looks into syslog
  });
  log.tell({ event: 'starting', version });

  const remembrance = new Remembrance();
  cleanup.add(() => remembrance.close());
  const isGuardingConnected = policy.guardsConnected && policy.mode === 'enforce';
  const connections = new Connections({
    sourceBits6: policy.sourceBits6,
    traps: policy.listen.tcp,
    onChange(sources, newcomers) {
      if (!isGuardingConnected) return;
      dataPlane.setConnected(sources);
      for (const source of newcomers) letInAgain(source);
    },
  });
  const logins = new Logins((address) => connections.hasAddress(address));
  if (login) logins.note(login);
  const exempt = new Exempt(policy, logins);
  const fileProblems = exempt.lookAtFiles() ?? [];
  const dataPlane = openDataPlane({
    interface: watchedInterface(policy),
    attach: policy.attach,
    inherits: policy.mode === 'enforce' ? 'all' : 'by_hand',
    isEphemeral: policy.isEphemeral,
    monitored: policy.monitor,
    ignored: exempt.ignored,
    own: exempt.own,
    rules: kernelRules(policy),
    swallowProbes: policy.probes === 'drop',
    spareServed: policy.served === 'nothing',
    tellIgnored: policy.portsentry?.style === '2',
    tellEvery: wantsEveryProbe(policy),
    sourceBits6: policy.sourceBits6,
    ephemeralPorts: policy.lateAnswers === 'count' ? [0, 0] : ephemeralPorts(),
    tables: policy.tables,
    onSighting: (sighting) => sentry.handle(sighting),
  });
  let leaves = false;
  cleanup.add(() => (leaves ? dataPlane.leave() : dataPlane.close()));

  const responses = new Responses(policy.responses, (event) => {
    metrics.countResponse(event.response, event.result);
    sentry.tell(event);
  });
  cleanup.add(() => responses.stop());
  const aftermath = new Aftermath({ portsentry: policy.portsentry, responses, records });
  const offences = new Offences({
    escalation: policy.escalation,
    capacity: policy.tables.blocks,
    nowNs: () => dataPlane.nowNs(),
    changed: (source, offence) => remembrance.offended(source, offence),
  });
  const lengthen: Lengthen = (prefix, durationMs) => offences.durationMs(prefix, durationMs);
  const blocks = new Blocks(
    dataPlane,
    makeGuard(
      () => exempt.guarded,
      () => exempt.ignored,
      (source) => isGuardingConnected && connections.has(source),
    ),
    {
      added(block) {
        metrics.countAdded(block.origin);
        const seconds = secondsOf(block, block.addedNs);
        if (!aftermath.isResuming) {
          offences.blocked(block);
          remembrance.blocked(block);
          sentry.tell({ event: 'blocked', ...wordsFor(block), seconds });
        }
        aftermath.begin(block);
      },
      changed(block) {
        const seconds = secondsOf(block, dataPlane.nowNs());
        offences.blocked(block);
        remembrance.blocked(block);
        sentry.tell({ event: 'block_changed', ...wordsFor(block), seconds });
      },
      removed(block, cause) {
        metrics.countRemoved(cause);
        offences.ended(block, cause);
        remembrance.unblocked(block);
        sentry.answerEnded(block, cause);
        sentry.tell({ event: 'unblocked', source: block.source, cause });
        aftermath.end(block, cause);
      },
    },
    { room: policy.tables.blocks, lengthen },
  );
  const marks = new Marks(() => dataPlane.nowNs(), policy.tables.sources, {
    added: (mark) => aftermath.begin(mark),
    forgotten: (mark) => aftermath.forget(mark),
    removed(mark, cause) {
      sentry.answerEnded(mark, cause);
      sentry.tell({ event: 'unblocked', source: mark.source, cause });
      aftermath.end(mark, cause);
    },
  });
  const loader = new LoaderThread(new URL(`./list-worker${extname(import.meta.url)}`, import.meta.url));
  const lists = new ListKeeper({
    lists: policy.lists,
    isEnforcing: policy.mode === 'enforce',
    cache: policy.listCache,
    dataPlane,
    load: (job) => loader.load(job),
    exempt: () => exempt.packed(),
    tell: (event) => sentry.tell(event),
  });
  cleanup.add(async () => {
    void lists.stop();
    await loader.stop();
  });
  const losses = (): LossCount[] => [
    ...dataPlane.losses(),
    { reason: 'connection_unguarded', count: isGuardingConnected ? connections.withoutRoom : 0 },
    { reason: 'source_forgotten', count: sentry.forgotten },
    { reason: 'mark_forgotten', count: marks.forgotten },
    { reason: 'offender_forgotten', count: offences.forgotten },
    { reason: 'answer_refused', count: responses.refused },
    { reason: 'name_refused', count: journal.refusedNames },
    { reason: 'log_line', count: log.lost },
    { reason: 'file_line', count: records.lost },
    { reason: 'memory_row', count: remembrance.lost },
  ];
  const { rules } = policy;
  const metrics = new Metrics({ dataPlane, blocks, marks, lists, losses, responses, rules, version });
  const sentry = new Sentry({
    policy,
    dataPlane,
    blocks,
    marks,
    lengthen,
    tell(event) {
      log.tell(event);
      remembrance.tell(event);
    },
    countAlert: (rule) => metrics.countAlert(rule),
    observeReaction: (seconds) => metrics.observeReaction(seconds),
  });
  const warn = (text: string) => sentry.tell({ event: 'warning', text });
  /** Its connection was younger than the last look when it was blocked. Who is blocked gets none. */
  const letInAgain = (source: Prefix): void => {
    const objection = blocks.reconsider(source);
    if (objection) warn(`${formatPrefix(source)} is let in again: ${objection}`);
  };
  const listening = await listen({
    ...policy.listen,
    openTcp: TcpListener.listen,
    warn,
    onContact(contact) {
      const sighting = toSighting(contact, dataPlane.nowNs(), policy.sourceBits6);
      sentry.handle({ ...sighting, isIgnored: exempt.ignores(sighting.address) });
    },
  });
  cleanup.add(() => listening.close());

  const http = policy.metrics.enabled ? await openMetrics(metrics, policy, warn) : undefined;
  if (http) cleanup.add(() => http.close());
  const alerts = () => sentry.alerts;
  const metricsUrl = http?.url;
  let stop = (_why: string): void => undefined;
  const asked = new Promise<string>((resolve) => {
    stop = resolve;
  });
  const memory = () => remembrance.status();
  const history = (query: HistoryQuery) => remembrance.history(query);
  const noteLogin = (address: Prefix): void => {
    exempt.noteLogin(address);
    dataPlane.setOwn(exempt.own);
  };
  const parts = {
    policy,
    exempt,
    dataPlane,
    blocks,
    marks,
    lists,
    responses,
    losses,
    metricsUrl,
    alerts,
    history,
    memory,
    noteLogin,
  };
  const answers = new Answers({ ...parts, stop: () => stop('a request') });
  const control = await serveControl(policy.socket, peerCredentials, (request) => answers.answer(request));
  cleanup.add(() => control.close());

  const lookAtConnections = async () => {
    if (isGuardingConnected || logins.size > 0) await connections.look();
  };
  await lookAtConnections();
  await remembrance.open({
    policy,
    thread: new URL(`./memory-worker${extname(import.meta.url)}`, import.meta.url),
    nowNs: () => dataPlane.nowNs(),
    blocks,
    offences,
    aftermath,
    warn: (text) => sentry.tell({ event: 'memory', text }),
  });
  restore({ policy, records, blocks, marks, aftermath, warn });
  lists.start();
  if (dataPlane.isSuccessor) await lists.firstLoads(LISTS_MS); // until then those of the sentry before are in force
  // Not before, or who was blocked had a moment in which he is not. And last of what may fail: what a sentry before has left on the
  // interface does its work until this one can.
  dataPlane.attach();
  const { attachment } = dataPlane;
  remarksOn(attachment).forEach(warn);
  if (attachment.predecessor) await blocks.reconcile(() => 'from before this start');

  const care = startCare({
    policy,
    dataPlane,
    exempt,
    blocks,
    marks,
    records,
    lists,
    lookAtConnections,
    tell: (event) => sentry.tell(event),
  });
  cleanup.add(() => care.stop());

  fileProblems.forEach(warn);
  log.tell({
    event: 'started',
    interface: attachment.interface,
    xdp: attachment.mode,
    mode: policy.mode,
    policy: policy.origin,
    metrics: metricsUrl,
    socket: policy.socket,
    busy: policy.portsentry && busyPorts(policy.monitor, listening.refused),
  });
  const end = async (signal: string) => {
    const count = blocks.size;
    care.stop();
    journal.hurry();
    log.release();
    await responses.stop();
    const stays = leaves ? attachment.interface : undefined;
    log.tell({ event: 'stopped', signal, alerts: sentry.alerts, blocks: count, stays });
    await cleanup.run();
  };
  return {
    asked,
    health: () => ({
      isReading: dataPlane.readsEvents(),
      words: `${attachment.interface}, mode ${policy.mode}: ${blocks.size} blocks in force, ${sentry.alerts} alerts`,
    }),
    stop: end,
    async leave(cause) {
      leaves = attachment.unpinned === undefined && !policy.isEphemeral;
      await end(cause);
    },
  };
}

/** A portsentry.conf cannot say where metrics are to be found: that somebody else is there must not keep the sentry from starting. */
async function openMetrics(metrics: Metrics, policy: Policy, warn: (text: string) => void) {
  try {
    return await serveMetrics(metrics, policy.metrics.host, policy.metrics.port);
  } catch (error) {
    if (!policy.portsentry) throw error;
    warn(`there are no metrics: ${(error as Error).message}`);
    return undefined;
  }
}

const wordsFor = ({ source, origin, reason }: Block) => ({ source, origin, reason });

const secondsOf = ({ expiresNs }: Block, fromNs: number): number | undefined =>
  expiresNs === undefined ? undefined : Math.round((expiresNs - fromNs) / NS_PER_MS) / 1000;
