/** The socket of syslog, which Node.js has not: daemon.ts hands its `open` to src/report/. */
export { UnixDatagram } from 'bpf-loader-native';
