import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import ssh2, { type Connection, type KexAlgorithm, type ServerChannel } from 'ssh2';
import { type TestKey, testKey } from './ssh-keys.ts';

/** How a test server behaves; everything left out is as a good server would. */
export interface ServerBehaviour {
  readonly hostKeys?: readonly TestKey[];
  readonly authorizedKeys?: readonly TestKey[];
  readonly password?: string;
  /** Password by keyboard-interactive only. */
  readonly interactive?: boolean;
  /** Close each TCP connection before the greeting while this returns true. */
  readonly dropConnection?: (count: number) => boolean;
  /** Accept TCP connections and say nothing. */
  readonly mute?: boolean;
  /** Instead of an SSH greeting. */
  readonly greeting?: string;
  /** Sessions open at once; further ones get "open failed". */
  readonly maxSessions?: number;
  readonly refuseExec?: boolean;
  /** Never answer a request to open a session. */
  readonly muteSessions?: boolean;
  readonly refuseForward?: boolean;
  /** Put before the command line, in place of what the login shell says first. */
  readonly shellNoise?: string;
  /** Directories put before PATH, for a stand-in sudo. */
  readonly path?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly shell?: readonly string[];
  /** In place of running the command. */
  readonly onExec?: (command: string, channel: ServerChannel, connection: Connection) => void;
  readonly hangAuthentication?: boolean;
  /** Said before the login. */
  readonly banner?: string;
  /** The one key exchange that it has. */
  readonly kex?: KexAlgorithm;
  /** Keyboard-interactive goes on to ask for a new password, as PAM does where the old one has expired. */
  readonly expired?: boolean;
}

/** A running test server and what it saw. */
export interface TestServer {
  readonly port: number;
  readonly connections: readonly Connection[];
  /** Command lines of exec requests. */
  readonly commands: readonly string[];
  /** Names of authentication methods tried: `publickey:ssh-ed25519`, `password`. */
  readonly authAttempts: readonly string[];
  readonly users: readonly string[];
  readonly forwards: readonly string[];
  /** Most sessions, and most unauthenticated connections, at one time. */
  readonly most: { sessions: number; handshakes: number };
  /** TCP connections accepted. */
  readonly accepted: number;
  readonly children: ReadonlySet<ChildProcess>;
  /** Cuts all connections without a word. */
  cut(): void;
  /** Stops reading and answering on all connections, which stay open. */
  freeze(): void;
  close(): Promise<void>;
}

const { Server } = ssh2;

/** Starts a server on a free port of the loopback interface. */
export async function startSshServer(behaviour: ServerBehaviour): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const connections: Connection[] = [];
  const commands: string[] = [];
  const authAttempts: string[] = [];
  const users: string[] = [];
  const forwards: string[] = [];
  const children = new Set<ChildProcess>();
  const most = { sessions: 0, handshakes: 0 };
  const now = { sessions: 0, handshakes: 0 };
  const begin = (what: 'sessions' | 'handshakes'): void => {
    most[what] = Math.max(most[what], ++now[what]);
  };
  const hostKeys = (behaviour.hostKeys ?? [testKey()]).map((key) => key.private);
  const banner = behaviour.banner === undefined ? {} : { banner: behaviour.banner };
  const algorithms = behaviour.kex === undefined ? {} : { algorithms: { kex: [behaviour.kex] } };
  const server = new Server({ hostKeys, ...banner, ...algorithms }, (connection) => {
    connections.push(connection);
    begin('handshakes');
    let shaking = true;
    const shaken = (): void => {
      if (shaking) now.handshakes--;
      shaking = false;
    };
    connection.on('error', () => {});
    connection.on('close', shaken);
    connection.on('ready', shaken);
    connection.on('authentication', (context) => {
      const label = context.method === 'publickey' ? `publickey:${context.key.algo}` : context.method;
      const probe = context.method === 'publickey' && context.signature === undefined;
      if (!probe) authAttempts.push(label);
      if (behaviour.hangAuthentication) return;
      users.push(context.username);
      const methods: ('publickey' | 'password' | 'keyboard-interactive')[] = ['publickey'];
      if (behaviour.password !== undefined) methods.push(behaviour.interactive ? 'keyboard-interactive' : 'password');
      if (context.method === 'publickey') {
        const key = behaviour.authorizedKeys?.find((k) => k.parsed.getPublicSSH().equals(context.key.data));
        if (key === undefined) return context.reject(methods);
        if (context.signature === undefined || context.blob === undefined) return context.accept();
        const signed = key.parsed.verify(context.blob, context.signature, context.hashAlgo) === true;
        return signed ? context.accept() : context.reject(methods);
      }
      if (context.method === 'password' && !behaviour.interactive && context.password === behaviour.password) {
        return context.accept();
      }
      if (context.method === 'keyboard-interactive' && behaviour.interactive) {
        return context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
          if (answers[0] !== behaviour.password) return context.reject(methods);
          if (!behaviour.expired) return context.accept();
          context.prompt([{ prompt: 'Current password: ', echo: false }], () => context.reject(methods));
        });
      }
      context.reject(methods);
    });
    connection.on('tcpip', (accept, reject, info) => {
      if (behaviour.refuseForward) return reject();
      const target = connect({ host: info.destIP, port: info.destPort });
      target.once('error', () => reject());
      target.once('connect', () => {
        forwards.push(`${info.destIP}:${info.destPort}`);
        const channel = accept();
        target.removeAllListeners('error');
        target.on('error', () => channel.destroy());
        channel.on('error', () => target.destroy());
        channel.pipe(target).pipe(channel);
        channel.on('close', () => target.destroy());
      });
    });
    connection.on('session', (accept, reject) => {
      if (behaviour.muteSessions) return;
      if (now.sessions >= (behaviour.maxSessions ?? Number.POSITIVE_INFINITY)) return reject();
      begin('sessions');
      const session = accept();
      session.on('close', () => now.sessions--);
      session.on('signal', (acceptSignal) => acceptSignal?.());
      session.on('exec', (acceptExec, rejectExec, { command }) => {
        commands.push(command);
        if (behaviour.refuseExec) {
          rejectExec();
          return closeChannel(connection, session);
        }
        const channel = acceptExec();
        channel.on('error', () => {});
        channel.stderr.on('error', () => {});
        if (behaviour.onExec) return behaviour.onExec(command, channel, connection);
        runCommand(command, channel, behaviour, children);
      });
    });
  });

  let accepted = 0;
  const front = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.setNoDelay(true);
    if (behaviour.dropConnection?.(accepted)) return socket.destroy();
    if (behaviour.mute) return;
    if (behaviour.greeting !== undefined) return void socket.end(behaviour.greeting);
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const address = front.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { port } = address;
  return {
    port,
    connections,
    commands,
    authAttempts,
    users,
    forwards,
    most,
    get accepted() {
      return accepted;
    },
    children,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    freeze: () => {
      for (const socket of sockets) {
        socket.pause();
        socket.removeAllListeners('data');
        socket.write = () => true;
      }
    },
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => front.close(() => resolve()));
    },
  };
}

function runCommand(
  command: string,
  channel: ServerChannel,
  behaviour: ServerBehaviour,
  children: Set<ChildProcess>,
): void {
  const [shell = '/bin/sh', ...options] = behaviour.shell ?? ['/bin/sh'];
  const path = behaviour.path === undefined ? process.env['PATH'] : `${behaviour.path}:${process.env['PATH']}`;
  const child = spawn(shell, [...options, '-c', command], { env: { PATH: path, ...behaviour.env }, detached: true });
  children.add(child);
  if (behaviour.shellNoise !== undefined) channel.write(behaviour.shellNoise);
  child.stdin.on('error', () => {});
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.on('close', () => child.stdin.destroy());
  const poke = setInterval(() => resumeStderr(channel), 20);
  channel.on('close', () => clearInterval(poke));
  child.on('close', (code, signal) => {
    children.delete(child);
    // A channel that is ended forgets what its stderr still holds for want of window.
    channel.stderr.end(() => {
      if (signal === null) channel.exit(code ?? 0);
      else channel.exit(signal.slice(3), false, '');
      channel.end();
    });
  });
}

/** Closes a channel on which nothing was started: ssh2's server itself leaves it open whatever the client says. */
function closeChannel(connection: Connection, session: object): void {
  const info: unknown = Reflect.get(session, '_chanInfo');
  const outgoing: unknown = typeof info === 'object' && info !== null ? Reflect.get(info, 'outgoing') : undefined;
  const id: unknown = typeof outgoing === 'object' && outgoing !== null ? Reflect.get(outgoing, 'id') : undefined;
  const protocol: unknown = Reflect.get(connection, '_protocol');
  if (typeof protocol !== 'object' || protocol === null) throw new Error('no protocol');
  const close: unknown = Reflect.get(protocol, 'channelClose');
  if (typeof close === 'function') close.call(protocol, id);
}

/**
 * When stdout and stderr both wait for the peer's window, ssh2's server resumes stdout alone and forgets the other
 * (ssh2 1.17, server.js, CHANNEL_WINDOW_ADJUST).
 */
function resumeStderr(channel: ServerChannel): void {
  const [chunk, done, way]: unknown[] = ['_chunkErr', '_chunkcbErr', 'outgoing'].map((key) =>
    Reflect.get(channel, key),
  );
  const room: unknown = typeof way === 'object' && way !== null ? Reflect.get(way, 'window') : 0;
  if (!Buffer.isBuffer(chunk) || typeof done !== 'function' || typeof room !== 'number' || room === 0) return;
  Reflect.set(channel, '_chunkErr', undefined);
  channel.stderr._write(chunk, 'utf8', (error) => void done(error));
}
