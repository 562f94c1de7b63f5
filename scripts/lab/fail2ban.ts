import { execute } from './process.ts';

/** Unpacked by scripts/setup.sh, not installed: its package would start it. */
const ROOT = new URL('../../build/fail2ban/', import.meta.url).pathname;

/** The command line that tries a filter on a log. */
export const FAIL2BAN_REGEX: readonly string[] = [
  'env',
  `PYTHONPATH=${ROOT}usr/lib/python3/dist-packages`,
  'python3',
  `${ROOT}usr/bin/fail2ban-regex`,
  `--config=${ROOT}etc/fail2ban`,
];

/** Addresses that fail2ban would ban, with its own filter of that name, in the order of the file's lines. */
export async function bannedBy(filter: string, log: string): Promise<string[]> {
  const [command, ...args] = FAIL2BAN_REGEX;
  const { stdout } = await execute(command!, [
    ...args,
    '--out=ip',
    log,
    `${ROOT}etc/fail2ban/filter.d/${filter}.conf`,
  ]);
  return stdout.split('\n').filter((line) => line !== '');
}
