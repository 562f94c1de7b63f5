/**
 * What an alert leads to. `command`: only the command response runs. `record`: nothing runs, the source counts as answered.
 * `already_blocked`: it was answered before. `would_block`: observing. `guarded`: it must not be blocked.
 * `failed`: there was no room; a warning says more.
 */
export type AlertAction =
  | 'alert'
  | 'record'
  | 'command'
  | 'block'
  | 'already_blocked'
  | 'would_block'
  | 'guarded'
  | 'failed';
