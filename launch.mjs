/**
 * The launcher: behind `npm start`, `npm test`, every script, and bare `node --test`. Plain JavaScript that any Node
 * can read: it installs what is missing, and where the running Node cannot run TypeScript it hands over to one that
 * can, which npm fetches once and keeps.
 *
 *   node launch.mjs start [ARG…]     run-time packages, then src/main.ts
 *   node launch.mjs test [ARG…]      all packages, then node --test
 *   node launch.mjs check            all packages, then types, format and lint
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = dirname(fileURLToPath(import.meta.url));

/** The Node that is fetched when the running one is too old. */
const FETCHED_NODE = '26';

/** No test may hang. On Node 22 this is for a whole file, and that of the texts takes seven minutes. */
const TEST_FLAGS = ['--test', '--test-timeout=900000'];

/** Type stripping and node:sqlite are experimental on some of the Nodes that have them, and say so on every start. */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'];

/** What can be found out, or made, again. */
const CACHE = join(ROOT, 'node_modules', '.cache');

/** Where a Node keeps what it has compiled: the second start takes half the time and a third less memory. */
const COMPILE_CACHE = join(CACHE, 'node-compile-cache');

/**
 * Whether the running Node (or Deno) takes TypeScript as it is.
 * @returns {boolean}
 */
export function runsTypeScript() {
  const features = /** @type {{ typescript?: unknown }} */ (process.features);
  return Boolean(features.typescript) || 'Deno' in globalThis;
}

/**
 * The npm package that carries a Node for a machine.
 * @param {string} version such as `26` or `20.20.2`
 * @returns {string}
 */
export function nodePackage(version) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  return `node-${platform}-${process.arch}@${version}`;
}

/**
 * The path of another Node, fetched by npm once and kept in its cache. npm takes a second to tell where that is, so it is
 * asked once.
 * @param {string} version such as `26`
 * @returns {string}
 * @throws {Error} when npm is missing, or has no such Node and no network
 */
export function fetchNode(version) {
  const note = join(CACHE, `node-${version}.path`);
  const known = existsSync(note) ? readFileSync(note, 'utf8') : '';
  // On Deno an empty path is an error.
  if (known !== '' && existsSync(known)) return known;
  const path = askNpmForNode(version);
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(note, path);
  } catch {
    // Where nothing may be written, npm is asked each time.
  }
  return path;
}

/**
 * @param {string} version
 * @returns {string}
 */
function askNpmForNode(version) {
  const args = ['exec', '--prefer-offline', '--yes', `--package=${nodePackage(version)}`];
  const result = spawnSync('npm', [...args, '--', 'node', '--print', 'process.execPath'], {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const path = result.stdout?.trim().split('\n').at(-1) ?? '';
  if (result.status === 0 && existsSync(path)) return path;
  const why = result.error?.message ?? /^npm error (?!code |A complete log)(.+)$/m.exec(result.stderr)?.[1];
  throw new Error(`Cannot fetch Node ${version} with npm: ${why ?? `it ended with ${result.status}`}`);
}

/**
 * Whether node_modules holds the packages of package-lock.json, all of them. npm writes the list of what it installed
 * last of all, so an interrupted install has none.
 * @param {{ development: boolean }} which with the packages for development, or those of the run time only
 * @returns {boolean}
 */
export function isInstalled({ development }) {
  const wanted = packagesOf('package-lock.json') ?? {};
  const installed = packagesOf('node_modules/.package-lock.json');
  if (!installed) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.optional || (entry.dev && !development)) return true;
    return installed[path]?.version === entry.version && existsSync(join(ROOT, path, 'package.json'));
  });
}

/**
 * @typedef {Record<string, { version: string, dev?: boolean, optional?: boolean }>} LockedPackages
 * @param {string} file
 * @returns {LockedPackages | undefined}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Installs the packages of package-lock.json where they are missing.
 * @param {{ development: boolean }} which
 */
function install(which) {
  if (isInstalled(which)) return;
  say(`Installing the ${which.development ? 'packages' : 'run-time packages'} of package-lock.json (once) …`);
  const only = which.development ? [] : ['--omit=dev'];
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', ['ci', ...only, ...quiet], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  fail(`Cannot install the packages: npm ci ${error ? `did not start (${error.message})` : `ended with ${status}`}`);
}

/**
 * Runs a TypeScript program: in this process if it can, else in a Node that can, and ends as that ends.
 * @param {string} file
 * @param {readonly string[]} args
 */
async function runProgram(file, args) {
  if (!runsTypeScript()) return runNode([file, ...args]);
  silenceExperimentalWarnings();
  keepCompiled();
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}

/** The same as NODE_FLAGS, for a process that is running already. */
function silenceExperimentalWarnings() {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
}

/** Also for threads and for programs started by this one; without a place to write it is only slower. */
function keepCompiled() {
  process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;
  nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
}

/**
 * Runs a command line of Node, in a Node that takes TypeScript, and ends as it ends.
 * @param {readonly string[]} args what follows `node`
 */
function runNode(args) {
  let node = process.execPath;
  if (!runsTypeScript()) {
    say(`Node ${process.versions.node} cannot run TypeScript: handing over to Node ${FETCHED_NODE} …`);
    node = orFail(() => fetchNode(FETCHED_NODE));
  }
  const env = { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env };
  const child = spawn(node, [...NODE_FLAGS, ...args], { env, stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code ?? 1));
}

/**
 * What every scripts/X.mjs does: prints the help when it is asked for it, and runs the script's logic otherwise.
 * @param {URL} logic the TypeScript module; it exports `main(args: readonly string[]): Promise<number>`
 * @param {string} help
 * @param {{ development: boolean }} [needs] the packages for development too
 */
export async function runScript(logic, help, needs = { development: false }) {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(help);
  // Deno lays packages out in its own way, and gets what is missing by itself.
  if (!('Deno' in globalThis) && !isInstalled(needs)) {
    fail(`The packages are not installed: run \`npm ci${needs.development ? '' : ' --omit=dev'}\` in ${ROOT} first`);
  }
  if (!runsTypeScript()) return runNode([/** @type {string} */ (process.argv[1]), ...args]);
  silenceExperimentalWarnings();
  keepCompiled();
  const { main } = await import(logic.href);
  process.exitCode = await main(args);
}

/**
 * Runs all tests in a Node that can, for a bare `node --test` of one that cannot.
 * @throws {Error} when a test failed, or none ran
 */
export function handOverTests() {
  install({ development: true });
  const folder = mkdtempSync(join(tmpdir(), 'coinroom-'));
  const report = join(folder, 'report.tap');
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=tap', `--test-reporter-destination=${report}`],
  ];
  // With NODE_TEST_CONTEXT the other Node would take itself for a child of this run: it runs nothing, and passes.
  const { status } = spawnSync(fetchNode(FETCHED_NODE), [...NODE_FLAGS, ...TEST_FLAGS, ...reporters], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
  });
  const count = existsSync(report) ? Number(/^# tests (\d+)$/m.exec(readFileSync(report, 'utf8'))?.[1] ?? 0) : 0;
  rmSync(folder, { recursive: true });
  // One test is always there: the one that on an older Node calls this.
  if (count <= 1) throw new Error('No test ran');
  if (status !== 0) throw new Error(`Tests failed on Node ${FETCHED_NODE}: see above`);
}

/** @param {readonly string[]} args */
function check(args) {
  install({ development: true });
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const steps = [
    [process.execPath, tsc, '-p', '.'],
    [process.execPath, tsc, '-p', join('src', 'webui', 'page')],
    [process.execPath, tsc, '-p', join('src', 'www', 'page')],
    ['npx', '--yes', 'deno@2.9', 'fmt', ...(args.includes('--fix') ? [] : ['--check']), '--quiet'],
    ['npx', '--yes', 'deno@2.9', 'lint', '--quiet'],
  ];
  const failed = steps.filter(([command, ...rest]) => {
    return spawnSync(/** @type {string} */ (command), rest, { cwd: ROOT, stdio: 'inherit' }).status !== 0;
  });
  process.exit(failed.length === 0 ? 0 : 1);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * @param {string} line
 * @returns {never}
 */
function fail(line) {
  say(line);
  process.exit(1);
}

/**
 * @template T
 * @param {() => T} action
 * @returns {T}
 */
function orFail(action) {
  try {
    return action();
  } catch (error) {
    return fail(`${/** @type {Error} */ (error).message}. Install Node 22.18 or newer: https://nodejs.org`);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [verb, ...args] = process.argv.slice(2);
  if (verb === 'start') {
    install({ development: false });
    await runProgram(join(ROOT, 'src', 'main.ts'), args);
  } else if (verb === 'test') {
    install({ development: true });
    runNode([...TEST_FLAGS, ...args]);
  } else if (verb === 'check') {
    check(args);
  } else {
    fail(`launch.mjs takes start, test or check; got ${JSON.stringify(verb ?? '')}`);
  }
}
