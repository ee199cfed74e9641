#!/usr/bin/env node
/**
 * Makes the native backend, `@tensorflow/tfjs-node`, work after `npm ci`: the root `postinstall`.
 *
 * tfjs-node's own installer downloads a prebuilt addon from a host that many networks do not reach; where it fails, npm
 * removes the package. So npm is told not to run it (`allowScripts` in package.json), and this script goes through the
 * ways to a working addon until one works. Where none does, it says why, and the wasm backend is used.
 *
 * BABBLEBROOK_NATIVE=off: do nothing. auto (the default): warn where no way works. require: fail there.
 * --fix: someone asks for it, so also where this package is a dependency.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(path.join(ROOT, 'package.json'));

const PACKAGE = '@tensorflow/tfjs-node';
const TFJS_NODE = '4.22.0';
const TENSORFLOW = '2.20.0';
// Any Python can download it, for none of its Python will run: it is wanted for the libraries in it.
const WHEEL_SHA256 = 'c7a9224185818094ed95c4e114d3efe77241db35fbf0b75251fb2bf6222dd6a7';
const WHEEL_TARGET = '--implementation cp --python-version 312 --abi cp312 --platform manylinux2014_x86_64'.split(' ');
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const ADDON = 'lib/napi-v8/tfjs_binding.node';
/** Changes when the same versions are built otherwise, so that no older build in the cache is taken for it. */
const REVISION = 2;
const BUILD = [ADDON, ...LIBRARIES.map((library) => `deps/lib/${library}`)];

/**
 * This TensorFlow logs a few lines through Abseil, which knows nothing of TF_CPP_MIN_LOG_LEVEL; the wheel has no header that
 * declares the function.
 */
const LOG_LEVEL = `
#include <cstdlib>
namespace absl { inline namespace lts_20250127 {
enum class LogSeverityAtLeast : int;
void SetMinLogLevel(LogSeverityAtLeast);
} }
static const bool isSet = [] {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level) absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(std::atoi(level)));
  return level != nullptr;
}();
`;

const mode = process.env.BABBLEBROOK_NATIVE || 'auto';
const say = (line) => console.log(`[native] ${line}`);

/** Runs a program to its end and returns what it printed. Throws an error of one line that says why it failed. */
function run(program, args, options = {}) {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 1_800_000,
    maxBuffer: 1 << 26,
    ...options,
  });
  if (status === 0) return stdout;
  if (error?.code === 'ENOENT') throw new Error(`${program} is not installed`);
  const lines = `${stderr ?? ''}\n${stdout ?? ''}`.split('\n').filter((line) => line.trim() !== '');
  const reason =
    lines.find((line) => /^(npm )?\S*error\b|: (fatal )?error:/i.test(line)) ?? lines.at(-1) ?? 'no output';
  throw new Error(`${path.basename(program)} failed (${error?.code ?? signal ?? `exit ${status}`}): ${reason.trim()}`);
}

/** The directory of a package, or undefined where it is not installed. */
function directoryOf(name) {
  try {
    return path.dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** Multiplies two matrices in a child process, as a bad library may abort it. Returns the version of TensorFlow. */
function check(directory) {
  const program = `
    Object.assign(require('node:util'), { isNullOrUndefined: (value) => value == null, isArray: Array.isArray });
    const tf = require(process.argv[1]);
    const product = tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0];
    if (tf.getBackend() !== 'tensorflow' || product !== 11) throw new Error('wrong product ' + product);
    console.log('TensorFlow ' + tf.backend().binding.TF_Version);`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  return run(process.execPath, ['-e', program, directory], { env, timeout: 120_000 }).trim().split('\n').at(-1);
}

/** An npm that does not know `allowScripts` ran tfjs-node's installer and, where that failed, removed tfjs-node. */
function bringBack() {
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const flags = ['install', '--no-save', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  // npm's list of what is installed may still name what it has removed; without the list, npm looks at the folders.
  fs.rmSync(path.join(ROOT, 'node_modules', '.package-lock.json'), { force: true });
  run(npm[0], [...npm.slice(1), ...flags], { cwd: ROOT });
}

/** Builds are kept for the next install: in the user's cache, or beside the packages where that cannot be written. */
function cacheDirectory() {
  const home = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  for (const base of [path.join(home, 'babblebrook'), path.join(ROOT, 'node_modules', '.cache', 'babblebrook')]) {
    try {
      fs.mkdirSync(base, { recursive: true });
      fs.accessSync(base, fs.constants.W_OK);
      return path.join(base, `tfjs-node-${TFJS_NODE}_tf-${TENSORFLOW}_linux-x64_${REVISION}`);
    } catch {}
  }
  throw new Error('no directory can be written to keep a build in');
}

/** Removes what an attempt left, so that nobody loads an addon that is known not to work. */
function clear(directory) {
  for (const part of ['deps', 'lib']) fs.rmSync(path.join(directory, part), { recursive: true, force: true });
}

/** Hard links take no room and outlive the cache; across file systems there are none, so the files are copied. */
function link(build, directory) {
  clear(directory);
  for (const file of BUILD) {
    const [from, to] = [path.join(build, file), path.join(directory, file)];
    fs.mkdirSync(path.dirname(to), { recursive: true });
    try {
      fs.linkSync(from, to);
    } catch {
      fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE);
    }
  }
}

function fromCache(directory) {
  const cache = cacheDirectory();
  if (!fs.existsSync(cache)) throw new Error(`there is none at ${cache}`);
  try {
    link(cache, directory);
    return check(directory);
  } catch (error) {
    fs.rmSync(cache, { recursive: true, force: true });
    throw new Error(`${error.message} (removed)`);
  }
}

async function fromOfficialInstaller(directory) {
  const { TFJS_NODE_CDN_STORAGE, CDN_STORAGE, HTTPS_PROXY, https_proxy } = process.env;
  const { binary } = require(`${PACKAGE}/package.json`);
  const host = new URL(TFJS_NODE_CDN_STORAGE || CDN_STORAGE || binary.host).origin;
  // The installer has no timeout of its own. It goes through a proxy, which fetch would not: there it is simply tried.
  if (!HTTPS_PROXY && !https_proxy) {
    await fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(5000) }).catch((error) => {
      throw new Error(`${host} cannot be reached (${error.cause?.code ?? error.name})`);
    });
  }
  say(`running the installer of ${PACKAGE}`);
  const PATH = [path.join(directory, '..', '..', '.bin'), process.env.PATH].join(path.delimiter);
  run(process.execPath, ['scripts/install.js'], { cwd: directory, env: { ...process.env, PATH }, timeout: 600_000 });
  return check(directory);
}

/** The command line of a pip. Debian's python3 comes without one, but can make a virtual environment that has it. */
function findPip(scratch) {
  const python = 'python3';
  try {
    run(python, ['-m', 'pip', '--version']);
    return python;
  } catch {
    run(python, ['-m', 'venv', path.join(scratch, 'venv')]);
    return path.join(scratch, 'venv', 'bin', 'python');
  }
}

/** Downloads the wheel and unpacks its TensorFlow libraries and the headers they are called by. */
function unpackWheel(scratch) {
  const requirements = path.join(scratch, 'requirements.txt');
  fs.writeFileSync(requirements, `tensorflow-cpu==${TENSORFLOW} --hash=sha256:${WHEEL_SHA256}`);
  const flags = ['--require-hashes', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--progress-bar=off'];
  const pip = ['-m', 'pip', 'download', ...flags, ...WHEEL_TARGET, '--dest', scratch, '--requirement', requirements];
  // Nothing is installed, so a user's wish to install into virtual environments only is not broken.
  run(findPip(scratch), pip, { env: { ...process.env, PIP_REQUIRE_VIRTUALENV: '0' } });

  const wheel = fs.readdirSync(scratch).find((file) => file.endsWith('.whl'));
  const headers = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/c/'];
  const wanted = [...LIBRARIES, ...headers.map((folder) => `include/${folder}`)].map((name) => `tensorflow/${name}`);
  const unzip =
    'import sys, zipfile; wheel = zipfile.ZipFile(sys.argv[1]); ' +
    'wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(tuple(sys.argv[3:]))])';
  run('python3', ['-c', unzip, path.join(scratch, wheel), scratch, ...wanted]);
  return path.join(scratch, 'tensorflow');
}

/** Compiles tfjs-node's binding against the libraries of the wheel. It finds them by its place beside them. */
function compile(compiler, tensorflow, directory, build) {
  for (const file of BUILD) fs.mkdirSync(path.dirname(path.join(build, file)), { recursive: true });
  const libraries = path.join(build, 'deps', 'lib');
  for (const library of LIBRARIES) fs.renameSync(path.join(tensorflow, library), path.join(libraries, library));

  const nodeApi = directoryOf('node-api-headers');
  const nodeHeaders = nodeApi ? [nodeApi, 'include'] : [process.execPath, '..', '..', 'include', 'node'];
  const include = [path.join(tensorflow, 'include'), path.join(...nodeHeaders), directory];
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => path.join(directory, 'binding', file));
  const logLevel = path.join(tensorflow, 'log_level.cc');
  fs.writeFileSync(logLevel, LOG_LEVEL);
  const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding'];
  run(compiler, [
    ...flags,
    ...include.map((folder) => `-I${folder}`),
    ...sources,
    logLevel,
    `-L${libraries}`,
    ...LIBRARIES.map((library) => `-l:${library}`),
    '-Wl,-rpath,$ORIGIN/../../deps/lib',
    '-o',
    path.join(build, ADDON),
  ]);
  try {
    // Symbols are a quarter of the libraries. Not every machine has `strip`, and nothing needs it.
    run('strip', ['--strip-unneeded', ...LIBRARIES.map((library) => path.join(libraries, library))]);
  } catch {}
}

/**
 * An install that was killed leaves up to a gigabyte of a half-done build; after a day nobody is working in it. Nobody asks for
 * an older revision of this build either; who has it installed has hard links of his own.
 */
function removeAbandoned(cache) {
  const yesterday = Date.now() - 86_400_000;
  const [folder, versions] = [path.dirname(cache), path.basename(cache).replace(/_\d+$/, '')];
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    const half = name.includes('.building-') && fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs < yesterday;
    const older =
      name === versions || [...Array(REVISION).keys()].some((revision) => name === `${versions}_${revision}`);
    if (half || older) fs.rmSync(file, { recursive: true, force: true });
  }
}

function fromWheel(directory) {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !process.report.getReport().header.glibcVersionRuntime)
    throw new Error(`it needs Linux with glibc on x64, this is ${process.platform} on ${process.arch}`);
  const compiler = process.env.CXX || 'g++';
  run(compiler, ['--version']);

  const cache = cacheDirectory();
  removeAbandoned(cache);
  const scratch = fs.mkdtempSync(`${cache}.building-`);
  try {
    say(`building against the tensorflow-cpu ${TENSORFLOW} wheel (a download of 259 MB, once for this machine)`);
    const build = path.join(scratch, 'build');
    compile(compiler, unpackWheel(scratch), directory, build);
    link(build, directory);
    const version = check(directory);
    try {
      fs.renameSync(build, cache);
    } catch {
      // Another install was faster: its build stays in the cache, ours is linked already.
    }
    return version;
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

async function install() {
  const omitted = `${process.env.npm_config_omit ?? ''}`.split(/\s+/).includes('optional');
  if (omitted) return say('optional dependencies are left out: the wasm backend will be used');
  if (!directoryOf(PACKAGE) && !isDependency) bringBack();
  const directory = directoryOf(PACKAGE);
  if (!directory) {
    const way = isDependency ? `; npm install --ignore-scripts ${PACKAGE}@${TFJS_NODE} does` : '';
    throw new Error(`${PACKAGE}: npm did not install it${way}`);
  }

  const ways = [
    [`${PACKAGE} as it is`, check],
    ['a build from an earlier install', fromCache],
    [`the installer of ${PACKAGE}`, fromOfficialInstaller],
    ['a build against the tensorflow-cpu wheel', fromWheel],
  ];
  const reasons = [];
  for (const [name, way] of ways) {
    try {
      return say(`${await way(directory)} is ready, by ${name}`);
    } catch (error) {
      reasons.push(`${name}: ${error.message}`);
      clear(directory);
    }
  }
  throw new Error(reasons.join('\n[native]   '));
}

/** The tree of a project that depends on this one is not ours: its node_modules, or a clone that npm is about to pack. */
const isDependency = ROOT.split(path.sep).includes('node_modules') || Boolean(process.env._PACOTE_NO_PREPARE_);

if (!['off', 'auto', 'require'].includes(mode)) {
  console.error(`[native] Expected BABBLEBROOK_NATIVE to be off, auto or require, got ${JSON.stringify(mode)}`);
  process.exitCode = 1;
} else if (mode !== 'off' && (!isDependency || process.argv.includes('--fix'))) {
  await install().catch((error) => {
    console.error('[native] No native TensorFlow here: the slower wasm backend will be used. What was tried:');
    const doctor = isDependency ? 'npx babblebrook doctor' : 'npm run doctor --';
    console.error(`[native]   ${error.message}\n[native] To try again: ${doctor} --fix`);
    process.exitCode = mode === 'require' ? 1 : 0;
  });
}
