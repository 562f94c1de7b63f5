/** A listener that knows who came even when he has gone, which Node.js has not: daemon.ts hands its `listen` to src/listen/. */
export { TcpListener } from 'bpf-loader-native';
