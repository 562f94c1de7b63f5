import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { TrialStatus } from '../control/protocol.ts';
import { ownAlerts } from '../detect/together/own-alerts.ts';
import { type ToolName, toolNames } from '../detect/tools/tool-name.ts';
import type { DataPlane, LossCount } from '../kernel/data-plane.ts';
import type { ListStatus } from '../lists/status.ts';
import type { Block, Blocks, RemovalCause } from '../respond/blocks.ts';
import { type CampaignStatus, registerCampaignMetrics } from './campaign-metrics.ts';
import type { ResponseName, ResponseResult } from './event.ts';
import { registerListMetrics } from './list-metrics.ts';
import { PolicyMetrics } from './policy-metrics.ts';

/** From an instant rule (a microsecond) by way of the ring buffer (tens of them) to a controller that was kept waiting. */
const REACTION_BUCKETS_S = [
  0.000_001, 0.000_002_5, 0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.0001, 0.000_25, 0.000_5, 0.001, 0.0025,
  0.005, 0.01, 0.05, 0.1, 1,
];

const origins = ['local', 'operator'] as const satisfies readonly Block['origin'][];
const families = ['ipv4', 'ipv6'] as const;
const causes = [
  'expired',
  'lifted',
  'displaced',
  'guarded',
  'suspended',
] as const satisfies readonly RemovalCause[];
const trialStates = [
  'unconfirmed',
  'confirmed',
  'rolled_back',
] as const satisfies readonly TrialStatus['state'][];
const responseNames = ['hosts_deny', 'route', 'command'] as const satisfies readonly ResponseName[];
const results = [
  'done',
  'skipped',
  'failed',
  'timed_out',
  'not_run',
] as const satisfies readonly ResponseResult[];

/** Default metrics whose names `promtool check metrics` objects to. */
const MISNAMED_DEFAULTS = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
] as const;

export type MetricsSources = {
  readonly dataPlane: DataPlane;
  /** Enforcement that has to be confirmed; null: it has not. */
  readonly trial: { readonly status: TrialStatus | null };
  readonly blocks: Pick<Blocks, 'count'>;
  /** Sources that are answered without the data plane. */
  readonly marks: Iterable<{ readonly by: 'command' | 'record' }>;
  readonly lists: { status(): readonly ListStatus[] };
  readonly responses: { readonly running: number; readonly waiting: number };
  readonly losses: () => LossCount[];
  readonly campaign: CampaignStatus;
  readonly rules: readonly { readonly name: string }[];
  readonly version: string;
};

/**
 * All metrics. What the kernel counts is read when it is asked for; never an address or a port as a label; every known
 * label value is there from the start, with 0.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #alerts: Counter<'rule'>;
  readonly #tools: Counter<'tool'>;
  readonly #added: Counter<'origin'>;
  readonly #removed: Counter<'cause'>;
  readonly #reaction: Histogram;
  readonly #responses: Counter<'response' | 'result'>;
  readonly #policy: PolicyMetrics;

  constructor(sources: MetricsSources) {
    const registers = [this.#registry];
    this.#alerts = new Counter({
      name: 'xdpsentry_alerts_total',
      help: 'Alerts by the rule that fired.',
      labelNames: ['rule'],
      registers,
    });
    this.#tools = new Counter({
      name: 'xdpsentry_probes_by_tool_total',
      help: 'Probes that the controller was told of, by the tool that their source scans with beyond doubt; none: it is not known.',
      labelNames: ['tool'],
      registers,
    });
    this.#added = new Counter({
      name: 'xdpsentry_blocks_added_total',
      help: 'Blocks put in force, by who asked for them.',
      labelNames: ['origin'],
      registers,
    });
    this.#removed = new Counter({
      name: 'xdpsentry_blocks_removed_total',
      help: 'Blocks that ended, by cause.',
      labelNames: ['cause'],
      registers,
    });
    this.#reaction = new Histogram({
      name: 'xdpsentry_reaction_seconds',
      help: 'Time from the deciding probe, as the kernel saw it, to the block being in force.',
      buckets: REACTION_BUCKETS_S,
      registers,
    });
    this.#responses = new Counter({
      name: 'xdpsentry_responses_total',
      help: 'Responses and their undos by result.',
      labelNames: ['response', 'result'],
      registers,
    });
    for (const response of responseNames) {
      for (const result of results) this.#responses.inc({ response, result }, 0);
    }
    this.expectRules([...ownAlerts.map((name) => ({ name })), ...sources.rules]);
    for (const tool of [...toolNames, 'none']) this.#tools.inc({ tool }, 0);
    for (const origin of origins) this.#added.inc({ origin }, 0);
    for (const cause of causes) this.#removed.inc({ cause }, 0);
    registerKernelMetrics(this.#registry, sources);
    registerTrialMetrics(this.#registry, sources.trial);
    registerCampaignMetrics(this.#registry, sources.campaign);
    this.#policy = new PolicyMetrics(this.#registry);
    registerListMetrics(this.#registry, sources.lists);
    registerResponseMetrics(this.#registry, sources);
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED_DEFAULTS) this.#registry.removeSingleMetric(name);
  }

  /** Rules that may fire from now on; what others have counted stays. */
  expectRules(rules: MetricsSources['rules']): void {
    for (const { name } of rules) this.#alerts.inc({ rule: name }, 0);
  }

  /** A reload has put another policy in force, or failed. */
  noteReload(isInForce: boolean): void {
    this.#policy.note(isInForce);
  }

  countAlert(rule: string): void {
    this.#alerts.inc({ rule });
  }

  countTool(tool: ToolName | undefined): void {
    this.#tools.inc({ tool: tool ?? 'none' });
  }

  countAdded(origin: Block['origin']): void {
    this.#added.inc({ origin });
  }

  countRemoved(cause: RemovalCause): void {
    this.#removed.inc({ cause });
  }

  countResponse(response: ResponseName, result: ResponseResult): void {
    this.#responses.inc({ response, result });
  }

  observeReaction(seconds: number): void {
    this.#reaction.observe(seconds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text exposition format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }
}

function registerKernelMetrics(
  registry: Registry,
  { dataPlane, blocks, losses, version }: MetricsSources,
): void {
  const registers = [registry];
  const outcomeCounter = (what: 'packets' | 'bytes', help: string) =>
    new Counter({
      name: `xdpsentry_${what}_total`,
      help,
      labelNames: ['verdict', 'reason'],
      registers,
      collect() {
        this.reset();
        for (const count of dataPlane.outcomes()) {
          this.inc({ verdict: count.verdict, reason: count.reason }, count[what]);
        }
      },
    });
  outcomeCounter('packets', 'Packets by verdict and by the reason for it.');
  outcomeCounter('bytes', 'Bytes by verdict and by the reason for it.');
  new Counter({
    name: 'xdpsentry_probes_total',
    help: 'Probes by protocol and kind.',
    labelNames: ['protocol', 'kind'],
    registers,
    collect() {
      this.reset();
      for (const { protocol, kind, probes } of dataPlane.probes()) this.inc({ protocol, kind }, probes);
    },
  });
  new Counter({
    name: 'xdpsentry_events_lost_total',
    help: 'Events that did not reach the controller and table entries that found no room, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const { reason, count } of losses()) this.inc({ reason }, count);
    },
  });
  new Gauge({
    name: 'xdpsentry_blocks',
    help: 'Blocks in force, by who asked for them and by address family.',
    labelNames: ['origin', 'family'],
    registers,
    collect() {
      for (const origin of origins)
        for (const family of families) this.set({ origin, family }, blocks.count(origin, family));
    },
  });
  const tableGauge = (suffix: string, help: string, what: 'entries' | 'capacity' | 'bytes') =>
    new Gauge({
      name: `xdpsentry_table_${suffix}`,
      help,
      labelNames: ['table'],
      registers,
      async collect() {
        for (const fill of await dataPlane.tables()) {
          const value = fill[what];
          if (value !== undefined) this.set({ table: fill.table }, value);
        }
      },
    });
  tableGauge('entries', 'Entries of a kernel table.', 'entries');
  tableGauge('capacity', 'Entries that a kernel table has room for.', 'capacity');
  tableGauge('bytes', 'Kernel memory that a table takes, with the filters before it.', 'bytes');
  new Gauge({
    name: 'xdpsentry_interface_attached',
    help: '1 for the XDP mode in which the program is attached to the interface; 0 for both while that has gone.',
    labelNames: ['interface', 'mode'],
    registers,
    collect() {
      this.reset(); // those that come and go with a pattern
      for (const { interface: name, mode } of dataPlane.attachments) {
        for (const known of ['native', 'generic'])
          this.set({ interface: name, mode: known }, dataPlane.isAttached(name) && known === mode ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'xdpsentry_interfaces',
    help: 'Interfaces to which the program is attached at the moment; 0: nothing is watched.',
    registers,
    collect() {
      this.set(dataPlane.attachments.filter(({ interface: name }) => dataPlane.isAttached(name)).length);
    },
  });
  new Gauge({
    name: 'xdpsentry_build_info',
    help: 'Always 1; the labels tell the version.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1);
}

function registerTrialMetrics(registry: Registry, trial: MetricsSources['trial']): void {
  const registers = [registry];
  new Gauge({
    name: 'xdpsentry_trial',
    help: '1 for the state of enforcement that had to be confirmed (run --confirm); 0 for all of them where it had not.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of trialStates) this.set({ state }, trial.status?.state === state ? 1 : 0);
    },
  });
  new Gauge({
    name: 'xdpsentry_trial_remaining_seconds',
    help: 'Until unconfirmed enforcement is rolled back; 0 where there is none.',
    registers,
    collect() {
      this.set(trial.status?.remainingSeconds ?? 0);
    },
  });
}

function registerResponseMetrics(registry: Registry, { marks, responses }: MetricsSources): void {
  const registers = [registry];
  new Gauge({
    name: 'xdpsentry_marks',
    help: 'Sources that are answered without a block: by a command alone, or on record only.',
    labelNames: ['by'],
    registers,
    collect() {
      for (const by of ['command', 'record']) this.set({ by }, 0);
      for (const { by } of marks) this.inc({ by });
    },
  });
  const stateGauge = (state: 'running' | 'waiting', help: string) =>
    new Gauge({
      name: `xdpsentry_responses_${state}`,
      help,
      registers,
      collect() {
        this.set(responses[state]);
      },
    });
  stateGauge('running', 'Responses that are at work.');
  stateGauge('waiting', 'Responses that wait for their turn.');
}
