import type { TestContext } from 'node:test';
import { Answers } from '../../../src/answers/answers.ts';
import { parsePolicy } from '../../../src/config/load.ts';
import type { Request } from '../../../src/control/protocol.ts';
import { Detector } from '../../../src/detect/detector.ts';
import type { Probe } from '../../../src/detect/probe.ts';
import type { Finding } from '../../../src/detect/tools/evidence.ts';
import { Trails } from '../../../src/detect/trails.ts';
import { SentryError } from '../../../src/errors.ts';
import { ListKeeper } from '../../../src/lists/keeper.ts';
import { load } from '../../../src/lists/load.ts';
import { Blocks } from '../../../src/respond/blocks.ts';
import { makeGuard } from '../../../src/respond/guard.ts';
import { makeListGuard } from '../../../src/respond/list-guard.ts';
import { type Evidence, Marks } from '../../../src/respond/marks.ts';
import { noPorts } from '../../../src/served/findings.ts';
import type { HistoryQuery, HistoryRow } from '../../../src/store/memory/rows.ts';
import { packAll } from '../../../src/values/packed-prefixes.ts';
import { PortSet } from '../../../src/values/ports.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

export const SCANNER = '198.51.100.66';
/** Addresses and networks. */
type Spared = { own?: readonly string[]; ignored?: readonly string[] };

/** What sources are judged by. */
const RULES = `rules:
  - { name: scan, distinct_ports: 4, window: 60s }
  - { name: patient, distinct_ports: 3, window: 2d }
  - { name: many, distinct_hosts: 2, probes: 5, window: forever, kinds: [syn] }`;

const START_MS = Date.parse('2026-11-22T12:00:00Z');

/** What answers, at noon, with a data plane in memory; and ways to put something in force. */
export function makeAnswers(t: TestContext, { own = [], ignored = [] }: Spared = {}) {
  t.mock.timers.enable({ apis: ['Date'], now: START_MS });
  const dataPlane = new FakeDataPlane();
  dataPlane.attach();
  const ended: string[] = [];
  const listener = {
    added: () => true,
    forgotten: () => undefined,
    changed: () => undefined,
    removed: (it: object, cause: string) => ended.push(`${'by' in it ? it.by : 'xdp'} ${cause}`),
  };
  const exempt = {
    guarded: own.map((text) => ({ prefix: parsePrefix(text)!, reason: 'an address of this host' })),
    ignored: ignored.map((text) => parsePrefix(text)!),
  };
  const connected = new Set<string>();
  const guard = makeGuard(
    () => exempt.guarded,
    () => exempt.ignored,
    (source) => (connected.has(formatPrefix(source)) ? 'connection' : undefined),
  );
  const blocks = new Blocks(dataPlane, guard, listener);
  const marks = new Marks(() => dataPlane.nowNs(), 10, listener);
  const lists = new ListKeeper({
    lists: [],
    isEnforcing: true,
    cache: undefined,
    dataPlane,
    load: (job) => load(job, makeListGuard(job.exempt)),
    exempt: async () => ({ own: packAll([]), ignored: packAll([]) }),
    tell: () => undefined,
  });
  let confirmations = 0;
  const rules = parsePolicy(RULES, 'rules.yaml').rules;
  const detector = new Detector(rules, 100);
  const trails = new Trails({ maxSources: 100 });
  const tools = new Map<string, Finding>();
  const history: { rows: HistoryRow[] | undefined; asked: HistoryQuery[] } = { rows: [], asked: [] };
  return {
    dataPlane,
    exempt,
    blocks,
    marks,
    ended,
    connected,
    tools,
    history,
    /** The source has sent a probe. */
    see(probe: Probe) {
      trails.note(probe);
      detector.observe(probe);
    },
    async ask<T>(request: Request, yaml = ''): Promise<T> {
      const policy = parsePolicy(yaml, 'test.yaml');
      const answers = new Answers({
        policy: () => policy,
        dataPlane,
        blocks,
        marks,
        exempt,
        lists,
        labelOf: () => undefined,
        noteLogin: ({ bytes }) => ended.push(`login from ${bytes.subarray(0, 4).join('.')}`),
        forwarded: () => ({ ...noPorts(), tcp: PortSet.of([8080]) }),
        responses: { running: 2, waiting: 3 },
        metricsUrl: undefined,
        alerts: () => 7,
        reload: async () => ({ policy: 'test.yaml', changes: ['Mode: enforce.'] }),
        stop: (leaves) => ended.push(leaves ? 'leave' : 'stop'),
        trial: { status: { state: 'unconfirmed', remainingSeconds: 97 } },
        confirm: () => confirmations++ === 0,
        async history(query) {
          history.asked.push(query);
          if (!history.rows) throw new SentryError('XS_ERR_NO_HISTORY', 'this sentry keeps none');
          return history.rows;
        },
        trails,
        toolOf: (source) => tools.get(source),
        standings: (source) => detector.standings(source, dataPlane.nowNs()),
        bondOf: (source) => (connected.has(formatPrefix(source)) ? 'connection' : undefined),
        memory: () => ({ path: '/m.db', error: 'database or disk is full' }),
        losses: () => [{ reason: 'file_line', count: 1 }],
      });
      const answer = await answers.answer(request);
      if (!(Symbol.asyncIterator in answer)) return answer as T;
      const list: unknown[] = [];
      for await (const portion of answer) list.push(...portion);
      return list as T;
    },
    block(text = SCANNER, evidence?: Evidence) {
      const prefix = parsePrefix(text)!;
      const block = { prefix, origin: 'local', reason: 'scan: 22/tcp', durationMs: 60_000 } as const;
      blocks.add(evidence ? { ...block, evidence } : block);
    },
    mark(wanted: { rule?: string; by?: 'command' | 'record'; source?: string; durationMs?: number } = {}) {
      const { rule = 'slow', by = 'command', source = SCANNER, durationMs } = wanted;
      const evidence = { address: source, protocol: 'udp', port: 53 } as const;
      marks.add({ prefix: parsePrefix(source)!, source, rule, by, evidence, durationMs });
    },
  };
}
