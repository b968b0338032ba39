// npm run release -- VERSION: releases both packages with one version. Each step first checks what is done already, so that an
// interrupted release continues when the same command is run again.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const PACKAGES = ['package.json', 'server/package.json'];
/** A version by https://semver.org/#spec-item-2 to 9, without build metadata. */
const VERSION = /^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[\da-z-]+(\.[\da-z-]+)*)?$/i;
const UNRELEASED = /^## .*\(unreleased\)$/m;

function run(command, ...parameters) {
  const { status } = spawnSync(command, parameters, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${[command, ...parameters].join(' ')} failed.`);
}

const read = (command, ...parameters) => execFileSync(command, parameters, { encoding: 'utf8' }).trim();
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
const write = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/** Commits the version, the dated entry of the changelog, and `dist/`. */
function commitRelease(version) {
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  if (!UNRELEASED.test(changelog)) {
    throw new Error('CHANGELOG.md has no section “(unreleased)”: add one that says what is new.');
  }
  try {
    const today = new Date().toISOString().slice(0, 10);
    writeFileSync('CHANGELOG.md', changelog.replace(UNRELEASED, `## ${version} (${today})`));
    for (const file of PACKAGES) write(file, { ...json(file), version });
    const lock = json('package-lock.json');
    for (const name of ['', 'server']) lock.packages[name].version = version;
    write('package-lock.json', { ...lock, version });
    run('npm', 'run', 'build');
    run('git', 'commit', '--all', '--message', subjectOf(version));
  } catch (error) {
    // The work tree was clean before, so this discards only what this script has changed.
    run('git', 'checkout', '--', '.');
    throw error;
  }
}

const subjectOf = (version) => `Release ${version}`;

/** The commit of a tag; empty if there is no such tag. */
function commitOf(tag) {
  const format = '%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)';
  return read('git', 'for-each-ref', `--format=${format}`, `refs/tags/${tag}`);
}

/** Whether the registry has this version already: a version can be published only once. */
function isPublished(name, version) {
  try {
    return read('npm', 'view', `${name}@${version}`, 'version') === version;
  } catch {
    return false;
  }
}

function publish(name, version) {
  // With the tag `next`, npm installs a version such as 1.2.3-beta.1 only for people who ask for it.
  const options = ['--access', 'public', '--tag', version.includes('-') ? 'next' : 'latest'];
  if (isPublished(name, version)) console.log(`${name}@${version} is already published.`);
  // All files of `kmq` are committed, so no scripts run; the server's own scripts prepare its files.
  else if (name === 'kmq') run('npm', 'publish', ...options, '--ignore-scripts');
  else run('npm', 'publish', ...options, '--workspace', name);
}

try {
  const version = process.argv[2] ?? '';
  if (!VERSION.test(version)) throw new Error('Give a version: npm run release -- 1.2.3');
  if (read('git', 'status', '--porcelain')) throw new Error('The work tree has changes: commit or drop them first.');
  const tag = `v${version}`;
  const head = () => read('git', 'rev-parse', 'HEAD');
  const tagged = commitOf(tag);
  if (tagged && tagged !== head())
    throw new Error(`The tag ${tag} is of another commit: check that one out, or take another version.`);
  if (!tagged) {
    if (read('git', 'log', '-1', '--format=%s') !== subjectOf(version)) commitRelease(version);
    // With a message, since `git push --follow-tags` pushes no others.
    run('git', 'tag', '--annotate', '--message', subjectOf(version), tag);
  }
  for (const file of PACKAGES) publish(json(file).name, version);
  console.log(`Both packages are published as ${version}. Now: git push --follow-tags`);
} catch (error) {
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
