import { readdirSync, readFileSync } from 'node:fs';
import { execve, limitCapabilities, setNoNewPrivileges } from 'bpf-loader-native';
import { main } from '../support/scenario.ts';

/** Lines of status(5) that are about privileges, of every thread: what differs between them is there more than once. */
function tell(): void {
  const lines = readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/status`, 'latin1')
      .split('\n')
      .filter((line) => /^(Cap|NoNewPrivs)/.test(line)),
  );
  console.log([...new Set(lines)].sort().join('\n'));
}

/** This file once more, in the same process. */
function again(): never {
  const { execPath, execArgv, argv } = process;
  execve(execPath, [execPath, ...execArgv, argv[1]!, 'tell'], ['PATH=/usr/bin', `WHO=${process.pid}`]);
}

await main({
  tell,
  tellWho: () => console.log(process.pid, process.env['WHO'], process.env['PATH']),
  limit(keep = '') {
    limitCapabilities(BigInt(keep));
    again();
  },
  limitAndRefuse(keep = '') {
    setNoNewPrivileges();
    limitCapabilities(BigInt(keep));
    again();
  },
  becomeTellWho() {
    const { execPath, execArgv, argv } = process;
    console.log(process.pid, process.pid, '/nowhere');
    const args = [execPath, ...execArgv, argv[1]!, 'tellWho'];
    execve(execPath, args, [`WHO=${process.pid}`, 'PATH=/nowhere']);
  },
});
