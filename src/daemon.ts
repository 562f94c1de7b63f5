import { Answers } from './answers.ts';
import { isInstant, type Policy } from './config/policy.ts';
import { refuseSecond, serveControl } from './control/server.ts';
import { defaultInterface, ephemeralPorts, guardedAddresses } from './host/host.ts';
import type { InstantRule } from './kernel/fill.ts';
import { openDataPlane } from './kernel/libbpf.ts';
import { serveMetrics } from './report/http.ts';
import type { Log } from './report/log.ts';
import { Metrics } from './report/metrics.ts';
import { Blocks } from './respond/blocks.ts';
import { makeGuard } from './respond/guard.ts';
import { Sentry } from './sentry.ts';
import { version } from './version.ts';

const NS_PER_MS = 1_000_000;
const NS_PER_SECOND = 1e9;
/** How late the tables notice an expiry; the kernel keeps it to the nanosecond. */
const SWEEP_MS = 250;

export type Daemon = {
  /** Detaches and frees everything; `cause` is told in the log. */
  stop(cause: string): Promise<void>;
};

/** Builds the parts, joins them and lets them run. Throws a SentryError and leaves nothing behind when that fails. */
export async function startDaemon(policy: Policy, log: Log): Promise<Daemon> {
  const cleanups: (() => void | Promise<void>)[] = [];
  const cleanUp = async () => {
    for (const undo of cleanups.splice(0).reverse()) await undo();
  };
  try {
    return await assemble(policy, log, cleanups, cleanUp);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function assemble(
  policy: Policy,
  log: Log,
  cleanups: (() => void | Promise<void>)[],
  cleanUp: () => Promise<void>,
): Promise<Daemon> {
  await refuseSecond(policy.socket);
  const guarded = guardedAddresses();
  const dataPlane = openDataPlane({
    interface: policy.interface === 'auto' ? defaultInterface() : policy.interface,
    attach: policy.attach,
    monitored: policy.monitor,
    ignored: policy.ignore,
    guarded: guarded.map(({ prefix }) => prefix),
    instants: instantRules(policy),
    swallowProbes: policy.probes === 'drop',
    sourceBits6: policy.sourceBits6,
    ephemeralPorts: ephemeralPorts(),
    tables: policy.tables,
    onSighting: (sighting) => sentry.handle(sighting),
  });
  cleanups.push(() => dataPlane.close());

  const blocks = new Blocks(dataPlane, makeGuard(guarded, policy.ignore), {
    added(block) {
      metrics.countAdded(block.origin);
      const { source, origin, reason, addedNs, expiresNs } = block;
      const seconds = expiresNs === undefined ? undefined : (expiresNs - addedNs) / NS_PER_SECOND;
      log.tell({ event: 'blocked', source, origin, reason, seconds });
    },
    removed({ source }, cause) {
      metrics.countRemoved(cause);
      sentry.rearm(source);
      log.tell({ event: 'unblocked', source, cause });
    },
  });
  const metrics = new Metrics({ dataPlane, blocks, rules: policy.rules, version });
  const sentry = new Sentry({
    policy,
    dataPlane,
    blocks,
    tell: (event) => log.tell(event),
    countAlert: (rule) => metrics.countAlert(rule),
    observeReaction: (seconds) => metrics.observeReaction(seconds),
  });

  const http = policy.metrics.enabled
    ? await serveMetrics(metrics, policy.metrics.host, policy.metrics.port)
    : undefined;
  if (http) cleanups.push(() => http.close());
  const answers = new Answers({
    policy,
    dataPlane,
    blocks,
    metricsUrl: http?.url,
    alerts: () => sentry.alerts,
  });
  const control = await serveControl(policy.socket, (request) => answers.answer(request));
  cleanups.push(() => control.close());
  const sweeper = setInterval(() => blocks.sweep(), SWEEP_MS);
  cleanups.push(() => clearInterval(sweeper));

  const { attachment } = dataPlane;
  if (attachment.fallback) {
    log.tell({ event: 'warning', text: `XDP runs in generic mode, which is slower: ${attachment.fallback}` });
  }
  log.tell({
    event: 'started',
    interface: attachment.interface,
    xdp: attachment.mode,
    mode: policy.mode,
    policy: policy.origin,
    metrics: http?.url,
    socket: policy.socket,
  });
  return {
    async stop(cause) {
      dataPlane.drain();
      log.tell({ event: 'stopped', signal: cause, alerts: sentry.alerts, blocks: [...blocks].length });
      log.flush();
      await cleanUp();
    },
  };
}

/** The rules that the kernel carries out alone: one probe to any monitored port blocks. */
function instantRules(policy: Policy): InstantRule[] {
  if (policy.mode === 'observe') return [];
  return policy.rules.flatMap((rule, number) =>
    isInstant(rule) && rule.action === 'block' && !rule.covers
      ? {
          number,
          kinds: rule.kinds,
          durationNs: rule.blockMs === undefined ? undefined : rule.blockMs * NS_PER_MS,
        }
      : [],
  );
}
