import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '../core/diagnostic.ts';
import { getServer } from './server-binary.ts';

export interface ServerOptions {
  /** Lines added to the configuration. */
  readonly extra?: string;
  /** False runs without JetStream. */
  readonly jetstream?: boolean;
  /** Folder of the store and the log; a new temporary one, removed by `stop`, when left out. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Another server than the one that is found. */
  readonly binary?: string;
  /** A configuration file in the place of a generated one; the address is ours all the same. */
  readonly config?: string;
}

const START_MS = 10_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A nats-server of one's own on a free port of the loopback interface, for tests, demos and benches. It keeps its port and its store over
 * `kill` and `start`, so that a crash of the broker can be played.
 */
export class NatsServer {
  readonly folder: string;
  private readonly options: ServerOptions;
  private readonly binary: string;
  private readonly owned: boolean;
  private child: ChildProcess | null = null;
  private at = 0;

  private constructor(options: ServerOptions) {
    this.options = options;
    this.owned = options.folder === undefined;
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'millrace-nats-'));
    this.binary = options.binary ?? getServer(options.env ?? process.env).path;
    mkdirSync(this.folder, { recursive: true });
  }

  static async start(options: ServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(options);
    await server.start();
    return server;
  }

  get port(): number {
    return this.at;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.at}`;
  }

  get pid(): number {
    return this.child?.pid ?? -1;
  }

  /** Starts again after `kill`, on the same port and store. */
  async start(): Promise<void> {
    const store = this.options.jetstream === false ? '' : `jetstream { store_dir: ${JSON.stringify(join(this.folder, 'store'))} }\n`;
    const ports = join(this.folder, 'ports');
    rmSync(ports, { recursive: true, force: true });
    mkdirSync(ports, { recursive: true });
    const config = join(this.folder, 'server.conf');
    const listen = `listen: "127.0.0.1:${this.at === 0 ? -1 : this.at}"`;
    writeFileSync(config, `${listen}\nserver_name: millrace\n${store}${this.options.extra ?? ''}\n`);
    const log = join(this.folder, 'server.log');
    const given = this.options.config;
    const args = given === undefined ? ['-c', config]
      : ['-c', given, '-a', '127.0.0.1', '-p', String(this.at === 0 ? -1 : this.at)];
    const child = spawn(this.binary, [...args, '--ports_file_dir', ports, '-l', log], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    // A test run that dies leaves no server behind.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.removeListener('exit', end));
    let ended: string | null = null;
    let said = '';
    child.stderr?.on('data', (d: Buffer) => { said = `${said}${String(d)}`.slice(-2000); });
    child.once('exit', (code, signal) => { ended = `ended with ${signal ?? code}`; });
    child.once('error', (error) => { ended = error.message; });
    const limit = performance.now() + START_MS;
    for (;;) {
      const port = this.portIn(ports);
      if (port > 0) {
        this.at = port;
        return;
      }
      if (ended !== null || performance.now() > limit) {
        child.kill('SIGKILL');
        const help = [said.trim(), `its log is ${log}`].filter((x) => x !== '');
        throw new Refusal('E760', `nats-server did not start: ${ended ?? `nothing after ${START_MS / 1000} s`}`, { exit: 6, help });
      }
      await pause(5);
    }
  }

  private portIn(folder: string): number {
    const file = readdirSync(folder).find((f) => f.endsWith('.ports'));
    if (file === undefined) return 0;
    try {
      const { nats } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { nats?: string[] };
      return Number(/:(\d+)$/.exec(nats?.[0] ?? '')?.[1] ?? 0);
    } catch {
      // Half written still.
      return 0;
    }
  }

  /** Ends the process at once, as a crash would; the store stays. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
    this.child = null;
  }

  /** SIGSTOP or SIGCONT: a server that is there and does not answer. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  async stop(): Promise<void> {
    await this.kill();
    if (this.owned) rmSync(this.folder, { recursive: true, force: true });
  }
}
