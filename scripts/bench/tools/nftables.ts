import { join } from 'node:path';
import type { Lab } from '../../lab/lab.ts';
import { blockList, writeLines } from '../block-list.ts';
import { enableGro, inOneGo, type Prepare, type Prepared, type Target } from './tool.ts';

/** As early as netfilter can: at the interface, before the network stack. */
export const prepareNftIngress: Prepare = (lab, target) =>
  prepare(lab, target, 'netdev', `type filter hook ingress device ${lab.sentry.interface} priority filter;`);
export const nftIngress = inOneGo(prepareNftIngress);

/** Before connection tracking, which is where the documentation has it when there is much to drop. */
export const nftPrerouting = inOneGo((lab, target) =>
  prepare(lab, target, 'inet', 'type filter hook prerouting priority raw;'),
);

async function prepare(lab: Lab, { family, blocks }: Target, table: string, hook: string): Promise<Prepared> {
  await enableGro(lab);
  const file = join(lab.directory, 'rules.nft');
  writeLines(file, ruleset(table, hook, family, blocks));
  let handled = 0;
  const tool = {
    async handled() {
      // Not `list`: before it answers, that reads all sets of the table, which takes a minute for a million addresses.
      const { stdout } = await lab.sentry.execute('nft', ['reset', 'counter', table, 'bench', 'dropped']);
      handled += Number(/packets (\d+)/.exec(stdout)?.[1] ?? Number.NaN);
      return handled;
    },
  };
  return {
    async load() {
      await lab.sentry.execute('nft', ['--file', file]);
    },
    use: () => Promise.resolve(tool), // the file has the rule, too
  };
}

function* ruleset(table: string, hook: string, family: 4 | 6, blocks: number): Generator<string> {
  const [type, protocol] = family === 4 ? ['ipv4_addr', 'ip'] : ['ipv6_addr', 'ip6'];
  yield `table ${table} bench {`;
  yield '  counter dropped { }';
  yield `  set blocked { type ${type}; size ${blocks}; elements = {`;
  for (const address of blockList(family, blocks)) yield `${address},`;
  yield '  } }';
  yield `  chain first { ${hook} policy accept;`;
  yield `    ${protocol} saddr @blocked counter name dropped drop`;
  yield '  }';
  yield '}';
}
