import type { Host } from './lab.ts';
import type { Running } from './process.ts';

const RECEIVE = new URL('./syslog-receive.ts', import.meta.url).pathname;
const RFC_3164 = /^<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ([^[:]+)(?:\[(\d+)\])?: (.*?)[\n\0]*$/s;

export type SyslogLine = {
  /** Facility and severity in one number: 29 is daemon.notice. */
  readonly priority: number;
  readonly ident: string;
  readonly pid: number | undefined;
  readonly text: string;
};

/** The system log of a host of the lab. */
export class Syslog {
  readonly #receiver: Running;

  private constructor(receiver: Running) {
    this.#receiver = receiver;
  }

  /** Makes the socket at `path`, which must not be there yet; whoever runs on that host may send to it. */
  static async listen(host: Host, path: string): Promise<Syslog> {
    await host.execute('sh', ['-c', 'echo 512 >/proc/sys/net/unix/max_dgram_qlen']);
    const receiver = host.spawn(process.execPath, [RECEIVE, path]);
    await receiver.waitFor('the log socket', () => receiver.stdout.startsWith('ready\n'));
    return new Syslog(receiver);
  }

  /** All lines so far. Throws on one that is not in the format of syslog(3). */
  lines(): SyslogLine[] {
    const whole = this.#receiver.stdout.slice(0, this.#receiver.stdout.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .slice(1, -1)
      .map((line) => {
        const found = RFC_3164.exec(JSON.parse(line) as string);
        if (!found) throw new Error(`this is no line of syslog(3): ${line}`);
        const [, priority, ident, pid, text] = found;
        return { priority: Number(priority), ident: ident!, pid: pid ? Number(pid) : undefined, text: text! };
      });
  }
}
