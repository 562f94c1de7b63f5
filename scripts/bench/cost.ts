import { createServer } from 'node:net';
import { Collection } from './collect.ts';
import { ipv4Syn, ipv6Syn } from './packets.ts';
import type { Part } from './part.ts';
import { BenchProgram, type Scenario } from './program.ts';

const ROUNDS = 7;
const PACKETS_A_ROUND = 1_000_000;
/** 198.18.0.0/15, and as many addresses of 2001:db8::/32: what the blocked rows draw from. */
const POOL_BITS = 17;

export const PARSE_ONLY = 'parse only';
export const INNOCENT = 'innocent: port not monitored';

type Row = {
  readonly tool: string;
  readonly what: string;
  readonly family: 4 | 6;
  readonly blocks: number;
  readonly scenario: Scenario;
};

/** Nanoseconds per packet by BPF_PROG_TEST_RUN, from random sources: a constant one would stay in the cache. */
export const cost: Part = {
  name: 'cost',
  what: 'nanoseconds per packet by BPF_PROG_TEST_RUN, random sources',
  async run(scene, say) {
    const collection = new Collection();
    await using stack = new AsyncDisposableStack();
    const server = stack.adopt(createServer(), (open) => void open.close());
    await new Promise<void>((resolve) => server.listen(0, '::', resolve));
    const rows = rowsOf((server.address() as { port: number }).port);
    const programs = rows.map(({ scenario }) =>
      stack.adopt(new BenchProgram(scenario), (program) => program.close()),
    );
    const samples = rows.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      say(`round ${round + 1} of ${ROUNDS}`);
      await new Promise(setImmediate); // for an interruption to be heard
      scene.check();
      for (const [index, program] of programs.entries()) samples[index]!.push(program.run(PACKETS_A_ROUND));
    }
    for (const [index, { tool, what, family, blocks }] of rows.entries()) {
      collection.add({ part: 'cost', tool, what, family, blocks, unit: 'ns/packet' }, samples[index]!);
    }
    return collection;
  },
};

function rowsOf(servedPort: number): Row[] {
  return ([4, 6] as const).flatMap((family) => {
    const packet = family === 4 ? ipv4Syn : ipv6Syn;
    const innocent = { program: 'xs_bench_sentry', packet: packet(40_000), randomBits: 32 } as const;
    const probe = { ...innocent, packet: packet(23), monitored: [23] };
    const pool = 2 ** POOL_BITS;
    const ours = (what: string, scenario: Scenario, blocks = 0): Row => ({
      ...{ tool: 'xdpsentry', what, family, blocks, scenario },
    });
    const floor = (what: string, program: Scenario['program']): Row => ({
      ...{ tool: what, what: 'any packet', family, blocks: 0, scenario: { ...innocent, program } },
    });
    return [
      floor('generator alone', 'xs_bench_none'),
      floor(PARSE_ONLY, 'xs_bench_parse'),
      ours(INNOCENT, innocent),
      ours('innocent: port in use', { ...innocent, packet: packet(servedPort), monitored: [servedPort] }),
      ours(INNOCENT, { ...innocent, blockedBits: POOL_BITS }, pool),
      ours('blocked', { ...innocent, blockedBits: POOL_BITS, randomBits: POOL_BITS }, pool),
      ours(`probe: ${pool} sources`, { ...probe, randomBits: POOL_BITS }),
      ours('probe: any source', probe),
    ];
  });
}
