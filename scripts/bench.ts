/**
 * Nanoseconds per packet by BPF_PROG_TEST_RUN, random sources, all rows side by side in one run.
 * Prints a table and writes build/bench.json.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, release } from 'node:os';
import { table } from '../src/cli/output.ts';
import { ipv4Syn, ipv6Syn } from './bench/packets.ts';
import { BenchProgram, type Scenario } from './bench/program.ts';

const ROUNDS = 7;
const PACKETS_A_ROUND = 1_000_000;
/** 198.18.0.0/15, and as many addresses of 2001:db8::/32: what the blocked rows draw from. */
const POOL_BITS = 17;

type Row = { readonly name: string; readonly family: 4 | 6; readonly scenario: Scenario };

const served = createServer().listen(0, '::');
await new Promise((resolve) => served.once('listening', resolve));
const servedPort = (served.address() as { port: number }).port;

const rows: readonly Row[] = ([4, 6] as const).flatMap((family) => {
  const packet = family === 4 ? ipv4Syn : ipv6Syn;
  const innocent = { program: 'xs_bench_sentry', packet: packet(40_000), randomBits: 32 } as const;
  return [
    { name: 'generator alone', family, scenario: { ...innocent, program: 'xs_bench_none' } },
    { name: 'parse only', family, scenario: { ...innocent, program: 'xs_bench_parse' } },
    { name: 'innocent: port not monitored', family, scenario: innocent },
    {
      name: 'innocent: port in use',
      family,
      scenario: { ...innocent, packet: packet(servedPort), monitored: [servedPort] },
    },
    { name: 'innocent: 131,072 other blocks', family, scenario: { ...innocent, blockedBits: POOL_BITS } },
    { name: 'blocked', family, scenario: { ...innocent, blockedBits: POOL_BITS, randomBits: POOL_BITS } },
    {
      name: 'probe: 131,072 sources',
      family,
      scenario: { ...innocent, packet: packet(23), monitored: [23], randomBits: POOL_BITS },
    },
    { name: 'probe: any source', family, scenario: { ...innocent, packet: packet(23), monitored: [23] } },
  ];
});

const programs = rows.map(({ scenario }) => new BenchProgram(scenario));
const samples = rows.map((): number[] => []);
for (let round = 0; round < ROUNDS; round++) {
  for (const [index, program] of programs.entries()) samples[index]!.push(program.run(PACKETS_A_ROUND));
}
for (const program of programs) program.close();
served.close();

const results = rows.map(({ name, family }, index) => {
  const sorted = samples[index]!.toSorted((a, b) => a - b);
  return { name, family, medianNs: sorted[ROUNDS >> 1]!, minNs: sorted[0]!, maxNs: sorted.at(-1)! };
});
const parseNs = (family: number) =>
  results.find((result) => result.family === family && result.name === 'parse only')!.medianNs;
console.log(
  `Linux ${release()}, ${cpus()[0]?.model ?? 'unknown CPU'}, ${ROUNDS} rounds of ${PACKETS_A_ROUND} packets\n`,
);
process.stdout.write(
  table(
    ['packet', 'IP', 'ns', 'min', 'max', 'x parse only'],
    results.map(({ name, family, medianNs, minNs, maxNs }) => [
      name,
      `v${family}`,
      medianNs,
      minNs,
      maxNs,
      (medianNs / parseNs(family)).toFixed(2),
    ]),
  ),
);
writeFileSync(new URL('../build/bench.json', import.meta.url), `${JSON.stringify(results, undefined, 2)}\n`);
