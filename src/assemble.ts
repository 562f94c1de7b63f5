import { extname } from 'node:path';
import { Aftermath } from './aftermath.ts';
import { Answers } from './answers/answers.ts';
import { begin } from './assembly/begin.ts';
import { blockConsequences, markConsequences } from './assembly/consequences.ts';
import { type Daemon, lifeOf } from './assembly/life.ts';
import { lossReader } from './assembly/losses.ts';
import type { Cleanup } from './cleanup.ts';
import type { Policy } from './config/policy.ts';
import { serveControl } from './control/server.ts';
import { Trails } from './detect/trails.ts';
import { Connections } from './exempt/connections.ts';
import { Exempt } from './exempt/exempt.ts';
import { Logins } from './exempt/logins.ts';
import { busyPorts } from './host/busy-ports.ts';
import { interfaceFollower } from './interfaces/follow.ts';
import { watchedInterfaces } from './interfaces/watched.ts';
import type { Journal } from './journal/journal.ts';
import { openDataPlane } from './kernel/open.ts';
import { peerCredentials } from './kernel/privileges.ts';
import { TcpListener } from './kernel/tcp-listener.ts';
import { listen } from './listen/listen.ts';
import { toSighting } from './listen/sighting.ts';
import { ListKeeper } from './lists/keeper.ts';
import { LoaderThread } from './lists/thread.ts';
import { catchUp } from './memory/catch-up.ts';
import { Remembrance } from './memory/remembrance.ts';
import { openMetrics } from './open-metrics.ts';
import type { Live } from './reload/reload.ts';
import { Reloader } from './reload/reloader.ts';
import type { SentryEvent } from './report/event.ts';
import { Metrics } from './report/metrics.ts';
import { Research } from './research/research.ts';
import { Blocks, type Lengthen } from './respond/blocks.ts';
import { makeGuard } from './respond/guard.ts';
import { Marks } from './respond/marks.ts';
import { Offences } from './respond/offences.ts';
import { Responses } from './respond/responses/responses.ts';
import { Sentry } from './sentry.ts';
import { servedByThisHost } from './served/of-this-host.ts';
import type { HistoryQuery } from './store/memory/rows.ts';
import { Trial } from './trial.ts';
import { formatPrefix, type Prefix } from './values/prefix.ts';
import { version } from './version.ts';
import { guardsConnected, listPolicy, programOptions } from './watching.ts';

export type AssemblyParts = {
  readonly policy: Policy;
  /** Reads the policy anew. */
  readonly read: () => Policy;
  readonly journal: Journal;
  readonly cleanup: Cleanup;
  /** Address from which the starter is logged in by SSH. */
  readonly login: Prefix | undefined;
};

/** Why a sentry ends that makes room for the next one. */
export const SUCCESSION = 'a successor';

/** Builds the parts and joins them; `cleanup` undoes what was done, also when this fails. Throws a SentryError. */
export async function assemble({ policy, read, journal, cleanup, login }: AssemblyParts): Promise<Daemon> {
  const { log, records } = journal;
  cleanup.onFailure(({ message }) => {
    if (policy.portsentry) log.tell({ event: 'failed', text: message }); // who starts PortSentry at boot looks into syslog
  });
  log.tell({ event: 'starting', version });

  const trial = new Trial({
    confirmMs: policy.confirmMs,
    dataPlane: () => dataPlane,
    tell: (event) => sentry.tell(event),
  });
  const remembrance = new Remembrance(trial);
  cleanup.add(() => remembrance.close());
  const live: Live = { policy, interfaces: watchedInterfaces(policy) };
  const isGuardingConnected = () => guardsConnected(live.policy);
  const connections = new Connections({
    sourceBits6: policy.sourceBits6,
    traps: () => live.policy.listen.tcp,
    onChange(sources, newcomers) {
      if (!isGuardingConnected()) return;
      dataPlane.setConnected(sources);
      for (const source of newcomers) letInAgain(source);
    },
  });
  const logins = new Logins((address) => connections.hasAddress(address));
  if (login) logins.note(login);
  const exempt = new Exempt(policy, logins);
  const fileProblems = exempt.lookAtFiles() ?? [];
  const dataPlane = openDataPlane({
    ...programOptions(policy),
    interfaces: live.interfaces.first,
    attach: policy.attach,
    inherits: policy.mode === 'enforce' ? 'all' : 'by_hand',
    isEphemeral: policy.isEphemeral,
    ignored: exempt.ignored,
    own: exempt.own,
    sourceBits6: policy.sourceBits6,
    tables: policy.tables,
    onSighting: (sighting) => sentry.handle(sighting),
  });
  let leaves = false;
  let isStarting = true;
  // A start that fails after it has taken over leaves what keeps sources out to the next one.
  const hasTakenOver = () => dataPlane.attachments.some(({ predecessor }) => predecessor !== undefined);
  cleanup.add(() => (leaves || (isStarting && hasTakenOver()) ? dataPlane.leave() : dataPlane.close()));

  const trails = new Trails({
    maxSources: policy.tables.sources,
    changed: (source, isForgotten) => remembrance.trailChanged(source, isForgotten),
  });
  const responses = new Responses(policy.responses, (event) => {
    metrics.countResponse(event.response, event.result);
    sentry.tell(event);
  });
  cleanup.add(() => responses.stop());
  const aftermath = new Aftermath({
    portsentry: policy.portsentry,
    responses,
    records,
    isHeld: (answered) => trial.holds(answered),
  });
  const offences = new Offences({
    escalation: policy.escalation,
    capacity: policy.tables.blocks,
    nowNs: () => dataPlane.nowNs(),
    isProven: (source) => trails.isProven(source),
    changed: (source, offence) => remembrance.offended(source, offence),
  });
  const lengthen: Lengthen = (prefix, durationMs) => offences.durationMs(prefix, durationMs);
  const consequences = {
    dataPlane,
    aftermath,
    offences,
    remembrance,
    metrics: () => metrics,
    sentry: () => sentry,
  };
  const blocks: Blocks = new Blocks(
    dataPlane,
    makeGuard(
      () => exempt.guarded,
      () => exempt.ignored,
      (source) => (isGuardingConnected() ? connections.bondOf(source) : undefined),
      () => live.policy.mode === 'observe',
      (source) => sentry.isDecoy(source),
    ),
    blockConsequences(consequences),
    { room: policy.tables.blocks, lengthen, warn: (text) => warn(text) },
  );
  const marks = new Marks(() => dataPlane.nowNs(), policy.tables.sources, markConsequences(consequences));
  const loader = new LoaderThread(new URL(`./list-worker${extname(import.meta.url)}`, import.meta.url));
  const lists = new ListKeeper({
    ...listPolicy(policy),
    dataPlane,
    load: (job) => loader.load(job),
    exempt: () => exempt.packed(),
    tell: (event) => sentry.tell(event),
  });
  cleanup.add(async () => {
    void lists.stop();
    await loader.stop();
  });
  const research = new Research(policy);
  cleanup.add(() => research.close());
  const losses = lossReader({
    ...{
      dataPlane,
      isGuardingConnected,
      connections,
      trails,
      marks,
      offences,
      responses,
      research,
      journal,
      remembrance,
    },
    sentry: () => sentry,
  });
  const { rules } = policy;
  const metrics = new Metrics({
    ...{ dataPlane, trial, blocks, marks, lists, losses, responses, rules, version },
    campaign: () => sentry.together.campaign,
  });
  const sentry: Sentry = new Sentry({
    policy,
    dataPlane,
    blocks,
    marks,
    trails,
    lengthen,
    tell(event) {
      log.tell(event);
      remembrance.tell(event);
    },
    countAlert: (rule) => metrics.countAlert(rule),
    labelOf: ({ source, address }) => research.labelOf(source, address),
    countTool: (tool) => metrics.countTool(tool),
    observeReaction: (seconds) => metrics.observeReaction(seconds),
  });
  const warn = (text: string) => sentry.tell({ event: 'warning', text });
  /** Its connection was younger than the last look when it was blocked. Who is blocked gets none. */
  const letInAgain = (source: Prefix): void => {
    const objection = blocks.reconsider(source);
    if (objection) warn(`${formatPrefix(source)} is let in again: ${objection}`);
  };
  const listening = await listen(policy.listen, {
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
  let stop = (_cause: string): void => undefined;
  const asked = new Promise<string>((resolve) => {
    stop = resolve;
  });
  const memory = () => remembrance.status();
  const history = (query: HistoryQuery) => remembrance.history(query);
  const confirm = (): boolean => {
    const confirmation = trial.confirm();
    const parts = { blocks, marks, offences, aftermath, remembrance };
    if (confirmation) catchUp(confirmation, parts).catch((error: Error) => warn(error.message));
    return confirmation !== undefined;
  };
  const noteLogin = (address: Prefix): void => {
    exempt.noteLogin(address);
    dataPlane.setOwn(exempt.own);
  };
  const served = servedByThisHost(dataPlane, (event) => sentry.tell(event));
  const lookAtInterfaces = interfaceFollower(dataPlane, () => live.interfaces, warn);
  const reloader = new Reloader({
    ...{
      live,
      read,
      journal,
      dataPlane,
      connections,
      exempt,
      blocks,
      marks,
      sentry,
      research,
      responses,
      offences,
      remembrance,
      lists,
    },
    ...{
      listening,
      metrics,
      lookAtInterfaces,
      served,
      warn,
      tell: (event: SentryEvent) => sentry.tell(event),
    },
  });
  const answers = new Answers({
    ...{
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
      trails,
      forwarded: () => served.forwarded,
      labelOf: (address: Prefix) => research.labelOf(address),
    },
    ...{ trial, confirm },
    standings: (source) => sentry.standings(source),
    toolOf: (source) => sentry.toolOf(source),
    bondOf: (source) => connections.bondOf(source),
    policy: () => live.policy,
    reload: () => reloader.reload(),
    stop: (isSucceeded) => stop(isSucceeded ? SUCCESSION : 'a request'),
  });
  const control = await serveControl(policy.socket, peerCredentials, (request) => answers.answer(request));
  cleanup.add(() => control.close());

  const care = await begin({
    ...{ live, dataPlane, connections, logins, exempt, blocks, marks, records, aftermath, lists, trial },
    ...{ served, isGuardingConnected, lookAtInterfaces, warn },
    remember: () =>
      remembrance.open({
        policy,
        thread: new URL(`./memory-worker${extname(import.meta.url)}`, import.meta.url),
        isObserving: () => live.policy.mode === 'observe',
        nowNs: () => dataPlane.nowNs(),
        blocks,
        offences,
        trails,
        campaigns: sentry.together,
        trailsRestored: () => sentry.recount(),
        aftermath,
        warn: (text) => sentry.tell({ event: 'memory', text }),
      }),
    lookAround: () => sentry.lookAround(),
    tell: (event) => sentry.tell(event),
  });
  cleanup.add(() => care.stop());

  fileProblems.forEach(warn);
  log.tell({
    event: 'started',
    interfaces: dataPlane.attachments.map(({ interface: name, mode }) => ({ interface: name, xdp: mode })),
    mode: policy.mode,
    policy: policy.origin,
    metrics: metricsUrl,
    socket: policy.socket,
    busy: policy.portsentry && busyPorts(policy.monitor, listening.refused),
  });
  isStarting = false;
  trial.watch();
  return lifeOf({
    ...{ live, cleanup, journal, dataPlane, responses, blocks, sentry, reloader, trial, care, asked },
    willLeave() {
      leaves = dataPlane.attachments.every(({ unpinned }) => unpinned === undefined) && !policy.isEphemeral;
      return leaves;
    },
  });
}
