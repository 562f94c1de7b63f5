import { join } from 'node:path';
import type { Lab } from '../../lab/lab.ts';
import { blockList, writeLines } from '../block-list.ts';
import {
  enableGro,
  inOneGo,
  type Prepare,
  type Prepared,
  type SetUp,
  type Target,
  type Tool,
} from './tool.ts';

type Place = { readonly table: 'raw' | 'filter'; readonly chain: 'PREROUTING' | 'INPUT' };

/** ipset in front of connection tracking. */
export const prepareIpsetRaw: Prepare = (lab, target) =>
  prepareIpset(lab, target, { table: 'raw', chain: 'PREROUTING' });
export const ipsetRaw = inOneGo(prepareIpsetRaw);
/** ipset where fail2ban puts it. */
export const ipsetInput = inOneGo((lab, target) =>
  prepareIpset(lab, target, { table: 'filter', chain: 'INPUT' }),
);

async function prepareIpset(lab: Lab, { family, blocks }: Target, place: Place): Promise<Prepared> {
  await enableGro(lab);
  const file = join(lab.directory, 'ipset');
  writeLines(file, restore(family, blocks));
  return {
    async load() {
      await lab.sentry.execute('ipset', ['restore', '-file', file]);
    },
    async use() {
      await lab.sentry.execute(commandOf(family), [
        ...['--table', place.table, '--append', place.chain],
        ...['--match', 'set', '--match-set', 'blocked', 'src', '--jump', 'DROP'],
      ]);
      return counterOf(lab, family, place);
    },
  };
}

function* restore(family: 4 | 6, blocks: number): Generator<string> {
  yield `create blocked hash:ip family ${family === 4 ? 'inet' : 'inet6'} maxelem ${blocks}`;
  for (const address of blockList(family, blocks)) yield `add blocked ${address}`;
}

/** PortSentry's way: a rule a source. The one that sends is in the middle, so that half of them are asked. */
export const iptablesRules: SetUp = async (lab, { family, blocks }) => {
  await enableGro(lab);
  const file = join(lab.directory, 'rules');
  writeLines(file, rules(family, blocks));
  await lab.sentry.execute(`${commandOf(family)}-restore`, [file]);
  return counterOf(lab, family, { table: 'filter', chain: 'INPUT' });
};

function* rules(family: 4 | 6, blocks: number): Generator<string> {
  yield '*filter';
  const [first, ...others] = blockList(family, blocks);
  others.splice(others.length >> 1, 0, first!);
  for (const address of others) yield `-A INPUT -s ${address} -j DROP`;
  yield 'COMMIT';
}

function counterOf(lab: Lab, family: 4 | 6, { table, chain }: Place): Tool {
  return {
    async handled() {
      const list = ['--table', table, '--list', chain, '--verbose', '--exact', '--numeric'];
      const { stdout } = await lab.sentry.execute(commandOf(family), list);
      const counts = [...stdout.matchAll(/^\s*(\d+)\s+\d+ DROP /gm)].map(([, packets]) => Number(packets));
      if (counts.length === 0) throw new Error(`${chain} of ${table} has no rule that drops:\n${stdout}`);
      return counts.reduce((sum, packets) => sum + packets, 0);
    },
  };
}

const commandOf = (family: 4 | 6): string => (family === 4 ? 'iptables' : 'ip6tables');
