// Real hives for the tests of the page.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const binary = process.env.HIVE_BINARY ?? join(import.meta.dirname, '../../bin/hive');
export const password = 'correct horse battery';

export class Hive {
  url = '';
  log = '';
  #process?: ChildProcess;

  private constructor(
    readonly name: string,
    readonly folder: string,
    readonly port: number,
    readonly p2pPort: number,
  ) {}

  /** Makes a hive with the admin "admin" and starts it. */
  static async start(name: string): Promise<Hive> {
    const folder = mkdtempSync(join(tmpdir(), 'hive-web-'));
    const hive = new Hive(name, folder, await freePort(), await freePort());
    writeFileSync(join(folder, 'password'), password);
    execFileSync(binary, ['init', '--data', join(folder, 'data'), '--name', name, '--admin', 'admin', '--password-file', join(folder, 'password')]);
    await hive.run();
    return hive;
  }

  /** Starts the program again after stop. */
  async run(): Promise<void> {
    const settings = ['p2p.mdns=false', 'p2p.upnp=false', `p2p.listen=/ip4/127.0.0.1/tcp/${this.p2pPort}`, 'blocks.reserve=64MiB'];
    const options = settings.flatMap((s) => ['--set', s]);
    this.url = `http://127.0.0.1:${this.port}`;
    this.#process = spawn(binary, ['serve', '--data', join(this.folder, 'data'), '--http', `127.0.0.1:${this.port}`, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const out of [this.#process.stdout, this.#process.stderr]) out?.on('data', (d: Buffer) => (this.log += d.toString()));
    for (let i = 0; i < 600; i++) {
      if (this.#process.exitCode !== null) throw new Error(`the hive ended: ${this.log}`);
      if (await fetch(this.url + '/readyz').then((r) => r.ok, () => false)) return;
      await new Promise((r) => setTimeout(r, 50));
    }
    throw new Error(`the hive does not get ready: ${this.log}`);
  }

  /** Ends the program; its data stays. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((r) => child.once('exit', r));
    child.kill('SIGTERM');
    await ended;
  }

  /** Has the program answer nobody, but keep its connections, until resume. */
  pause = () => this.#process?.kill('SIGSTOP');
  resume = () => this.#process?.kill('SIGCONT');

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A program that uses the API as user. */
  async as(user: string, secret = password): Promise<Program> {
    const answer = await fetch(this.url + '/api/v1/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user, password: secret }) });
    if (!answer.ok) throw new Error(`login of ${user}: ${answer.status} ${await answer.text()}`);
    return new Program(this.url, ((await answer.json()) as { token: string }).token);
  }
}

/** A program that uses the API. */
export class Program {
  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  async ask<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(this.url + '/api/v1' + path, {
      method,
      headers: { Authorization: 'Bearer ' + this.token, ...(body !== undefined && !raw ? { 'Content-Type': 'application/json' } : {}) },
      body: raw ? (body as BodyInit) : body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text && answer.headers.get('Content-Type')?.includes('json') ? JSON.parse(text) : text) as T;
  }

  put = (path: string, content: string | Uint8Array) => this.ask('PUT', '/files' + path.split('/').map(encodeURIComponent).join('/') + '?parents=true', content);
  addUser = (name: string) => this.ask('POST', '/users', { name, password });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
