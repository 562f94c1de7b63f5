import { Answers } from './answers.ts';
import { isInstant, type Policy } from './config/policy.ts';
import { refuseSecond, serveControl } from './control/server.ts';
import { SentryError } from './errors.ts';
import { defaultInterface, ephemeralPorts, guardedAddresses, stations } from './host/host.ts';
import type { LossCount } from './kernel/data-plane.ts';
import type { InstantRule } from './kernel/fill.ts';
import { openDataPlane } from './kernel/libbpf.ts';
import { serveMetrics } from './report/http.ts';
import type { Log } from './report/log.ts';
import { Metrics } from './report/metrics.ts';
import { type Block, Blocks } from './respond/blocks.ts';
import { makeGuard } from './respond/guard.ts';
import { lostBlockFinder } from './respond/lost-blocks.ts';
import { Sentry } from './sentry.ts';
import { NS_PER_MS } from './values/duration.ts';
import { version } from './version.ts';

/** How late the controller notices an expiry; the kernel keeps it to the nanosecond. */
const SWEEP_MS = 250;
/** How late it notices addresses of the host that come, events that were lost, and an interface that has gone. */
const CARE_MS = 2_000;

export type Daemon = {
  /** Detaches and frees everything; `cause` is told in the log. */
  stop(cause: string): Promise<void>;
  /** Rejects when there is nothing left to watch. */
  readonly broken: Promise<never>;
};

/** What was set up, undone in the opposite order. */
class Cleanup {
  readonly #steps: (() => void | Promise<void>)[] = [];

  add(step: () => void | Promise<void>): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

/** Builds the parts, joins them and lets them run. Throws a SentryError and leaves nothing behind when that fails. */
export async function startDaemon(policy: Policy, log: Log): Promise<Daemon> {
  const cleanup = new Cleanup();
  try {
    return await assemble(policy, log, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function assemble(policy: Policy, log: Log, cleanup: Cleanup): Promise<Daemon> {
  await refuseSecond(policy.socket);
  let guarded = guardedAddresses();
  const own = () => ({ guarded: guarded.map(({ prefix }) => prefix), stations: stations() });
  const dataPlane = openDataPlane({
    interface: policy.interface === 'auto' ? defaultInterface() : policy.interface,
    attach: policy.attach,
    monitored: policy.monitor,
    ignored: policy.ignore,
    own: own(),
    instants: instantRules(policy),
    swallowProbes: policy.probes === 'drop',
    sourceBits6: policy.sourceBits6,
    ephemeralPorts: ephemeralPorts(),
    tables: policy.tables,
    onSighting: (sighting) => sentry.handle(sighting),
  });
  cleanup.add(() => dataPlane.close());

  const blocks = new Blocks(
    dataPlane,
    makeGuard(() => guarded, policy.ignore),
    {
      added(block) {
        metrics.countAdded(block.origin);
        log.tell({ event: 'blocked', ...wordsFor(block), seconds: secondsOf(block, block.addedNs) });
      },
      changed(block) {
        log.tell({
          event: 'block_changed',
          ...wordsFor(block),
          seconds: secondsOf(block, dataPlane.nowNs()),
        });
      },
      removed({ source }, cause) {
        metrics.countRemoved(cause);
        sentry.blockEnded(source, cause);
        log.tell({ event: 'unblocked', source, cause });
      },
    },
  );
  const losses = (): LossCount[] => [
    ...dataPlane.losses(),
    { reason: 'source_forgotten', count: sentry.forgotten },
  ];
  const metrics = new Metrics({ dataPlane, blocks, losses, rules: policy.rules, version });
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
  if (http) cleanup.add(() => http.close());
  const alerts = () => sentry.alerts;
  const answers = new Answers({ policy, dataPlane, blocks, losses, metricsUrl: http?.url, alerts });
  const control = await serveControl(policy.socket, (request) => answers.answer(request));
  cleanup.add(() => control.close());

  const sweeper = setInterval(() => blocks.sweep(), SWEEP_MS);
  cleanup.add(() => clearInterval(sweeper));
  const ruleName = (rule: number) => policy.rules[rule]?.name ?? `rule ${rule}`;
  const findLostBlocks = lostBlockFinder(dataPlane, blocks, ruleName);
  const broken = new Promise<never>((_, reject) => {
    const care = (what: string, step: () => void) => {
      try {
        step();
      } catch (error) {
        log.tell({ event: 'warning', text: `${what}: ${(error as Error).message}` });
      }
    };
    const caretaker = setInterval(() => {
      if (!dataPlane.isAttached()) reject(new SentryError('XS_ERR_INTERFACE_GONE', attachment.interface));
      care('the addresses of this host', () => {
        guarded = guardedAddresses();
        dataPlane.setOwn(own());
      });
      care('blocks whose events were lost', findLostBlocks);
    }, CARE_MS);
    cleanup.add(() => clearInterval(caretaker));
  });

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
    broken,
    async stop(cause) {
      await cleanup.run();
      log.tell({ event: 'stopped', signal: cause, alerts: sentry.alerts, blocks: [...blocks].length });
      log.flush();
    },
  };
}

const wordsFor = ({ source, origin, reason }: Block) => ({ source, origin, reason });

const secondsOf = ({ expiresNs }: Block, fromNs: number): number | undefined =>
  expiresNs === undefined ? undefined : Math.round((expiresNs - fromNs) / NS_PER_MS) / 1000;

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
