import { createServer } from 'node:net';
import { Collection } from './collect.ts';
import { ipv4Syn, ipv6Syn } from './packets.ts';
import type { Part } from './part.ts';
import { BenchProgram, type Setting, type Traffic } from './program.ts';

const ROUNDS = 5;
const PACKETS_A_ROUND = 500_000;
/**
 * Numbers of blocks that are measured. A plain hash and a plain trie take too long to fill with the last one; and there is no place
 * for as many networks of IPv4 that do not lie within one another.
 */
const MILLION = 1_000_000;
const SMALLER_SIZES = [1_000, 100_000, MILLION] as const;
const SIZES = [...SMALLER_SIZES, 4 * MILLION] as const;
const PROBED = 23;
const UNMONITORED = 40_000;
const ANY = 'any packet';
/** Sources of probes that are few enough to be tracked, all of them. */
const TRACKED = 32_768;

export const PARSE_ONLY = 'parse only';
export const SENTRY = 'xdpsentry';
export const SENTRY_LISTED = 'xdpsentry, addresses on a list';
export const SENTRY_NETWORKS = 'xdpsentry, networks on a list';
export const PLAIN_HASH = 'plain hash, addresses';
export const PLAIN_TRIE = 'plain LPM trie, networks';
export const INNOCENT = 'innocent: port not monitored';

/** One program, and what it is measured with. */
type Row = {
  readonly tool: string;
  readonly setting: Setting;
  readonly traffic: readonly (Traffic & { readonly what: string })[];
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
    const programs: BenchProgram[] = [];
    for (const { setting, tool } of rows) {
      say(`${tool}, IPv${setting.family}, ${setting.blocks} blocks`);
      scene.check();
      programs.push(stack.use(await BenchProgram.make(setting)));
    }
    const samples = rows.map(({ traffic }) => traffic.map((): number[] => []));
    for (let round = 0; round < ROUNDS; round++) {
      say(`round ${round + 1} of ${ROUNDS}`);
      for (const [index, { traffic }] of rows.entries()) {
        await new Promise(setImmediate); // for an interruption to be heard
        scene.check();
        for (const [at, it] of traffic.entries()) {
          samples[index]![at]!.push(programs[index]!.run(it, PACKETS_A_ROUND));
        }
      }
    }
    for (const [index, { tool, setting, traffic }] of rows.entries()) {
      for (const [at, { what }] of traffic.entries()) {
        const { family, blocks } = setting;
        collection.add({ part: 'cost', tool, what, family, blocks, unit: 'ns/packet' }, samples[index]![at]!);
      }
    }
    return collection;
  },
};

function rowsOf(servedPort: number): Row[] {
  return ([4, 6] as const).flatMap((family) => {
    const packet = family === 4 ? ipv4Syn : ipv6Syn;
    const plain: Setting = {
      ...{ program: 'sentry', family, blocks: 0, listed: false, shape: 'addresses' },
      monitored: [PROBED, servedPort],
    };
    const traffic = (what: string, port: number, from: Traffic['from'] = 'elsewhere', sources?: number) => ({
      ...{ what, packet: packet(port), from, sources },
    });
    const innocent = traffic(INNOCENT, UNMONITORED);
    const blocked = traffic('blocked, any of them', UNMONITORED, 'blocked');
    const tools: readonly (readonly [tool: string, sizes: readonly number[], Partial<Setting>])[] = [
      [SENTRY, SIZES, {}],
      [SENTRY_LISTED, SIZES, { listed: true }],
      [SENTRY_NETWORKS, SMALLER_SIZES, { listed: true, shape: 'networks' }],
      [PLAIN_HASH, SMALLER_SIZES, { program: 'hash' }],
      [PLAIN_TRIE, SMALLER_SIZES, { program: 'trie', shape: 'networks' }],
    ];
    const probes = [
      traffic('probe: sources that are tracked', PROBED, 'elsewhere', TRACKED),
      traffic('probe: any source', PROBED),
    ];
    return [
      {
        tool: 'generator alone',
        setting: { ...plain, program: 'none' },
        traffic: [traffic(ANY, UNMONITORED)],
      },
      { tool: PARSE_ONLY, setting: { ...plain, program: 'parse' }, traffic: [traffic(ANY, UNMONITORED)] },
      {
        tool: SENTRY,
        setting: plain,
        traffic: [innocent, traffic('innocent: port in use', servedPort), ...probes],
      },
      ...tools.flatMap(([tool, sizes, setting]) =>
        sizes.map((blocks) => ({
          tool,
          setting: { ...plain, ...setting, blocks },
          traffic: [
            innocent,
            blocked,
            ...(blocks === MILLION && setting.program === undefined
              ? [traffic('blocked, one of them', UNMONITORED, 'blocked', 1), ...probes]
              : []),
          ],
        })),
      ),
    ];
  });
}
