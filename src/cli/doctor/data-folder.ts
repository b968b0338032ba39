import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readlinkSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { SPOOL_FILE } from '../../collector/store/clickhouse/spool-database.js';
import { DATABASE_FILE } from '../../collector/store/embedded/schema.js';
import { openEmbeddedSource } from '../../collector/store/embedded/export-source.js';
import { badPath } from '../../collector/reports/no-report.js';
import { claimedFiles } from '../../collector/store/sqlite/claim.js';
import { checkFolder, nearest, orSayWhose } from '../../collector/store/sqlite/data-folder.js';
import { hitsLeftBehind } from '../../collector/store/hits-left-behind.js';
import type { Settings } from '../resolve.js';
import { fault, note, ok, reasonOf, type Finding } from './finding.js';

const ABOUT = 'data folder';
const MEBIBYTE = 1024 * 1024;
/** With less free space a collector will soon be unable to store hits: its write-ahead log alone may need this much. */
const LEAST_MEBIBYTES = 128;
const FEW_MEBIBYTES = 1024;
/** A start makes about ten files. */
const LEAST_INODES = 16;

/**
 * Network file systems, by their number in `statfs(2)`. SQLite cannot rely on their locks and syncs
 * (https://www.sqlite.org/useovernet.html).
 */
const NETWORK: Record<number, string> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'SMB',
  0xfe534d42: 'SMB',
  0x01021997: '9p',
};

/** Whether hits can be stored in the data folder, and whether the hits in it can be read. Nothing is written or made. */
export async function examineDataFolder({ data, store }: Settings): Promise<Finding[]> {
  const folder = resolve(data);
  if (!existsSync(folder)) {
    try {
      // It may be there, in a folder that this user may not enter.
      orSayWhose(folder, () => statSync(folder, { throwIfNoEntry: false }));
    } catch (error) {
      return [fault(ABOUT, `${reasonOf(error)}.`)];
    }
    return [...examineParent(folder), ...examineDisk(nearest(folder))];
  }
  try {
    checkFolder(folder);
    if (!statSync(folder).isDirectory()) return [fault(ABOUT, `${folder} is a file. Name a folder with --data.`)];
    // If kmq was once started by another user, some files can be written only by that user.
    checkFolder(folder, claimedFiles(store === undefined ? DATABASE_FILE : SPOOL_FILE));
  } catch (error) {
    return [fault(ABOUT, `${reasonOf(error)}.`)];
  }
  const findings = [...examineMode(folder), ...examineDisk(folder)];
  if (store === undefined) return [...findings, ...examinePath(realpathSync(folder)), ...(await examineHits(folder))];
  // With ClickHouse it should only contain hits that are not in ClickHouse yet.
  const left = await hitsLeftBehind(folder);
  return left === undefined ? findings : [...findings, note(ABOUT, `${left}.`)];
}

function examineParent(folder: string): Finding[] {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    const says = `${folder} is a link to ${readlinkSync(folder)}, which does not exist. Is its disk mounted?`;
    return [fault(ABOUT, says)];
  }
  const parent = nearest(folder);
  try {
    orSayWhose(parent, () => accessSync(parent, constants.W_OK | constants.X_OK));
  } catch (error) {
    return [fault(ABOUT, `${folder} does not exist, and cannot be created: ${reasonOf(error)}.`)];
  }
  return [note(ABOUT, `${folder} is not there yet. The first start of kmq serve makes it.`)];
}

function examineMode(folder: string): Finding[] {
  const { mode } = statSync(folder);
  if ((mode & 0o077) === 0) return [];
  return [note(ABOUT, `Other users of this machine can look into ${folder}. To keep them out: chmod 700 ${folder}`)];
}

function examinePath(path: string): Finding[] {
  const reason = badPath(path);
  return reason ? [fault(ABOUT, reason.message)] : [];
}

function examineDisk(folder: string): Finding[] {
  const { type, bavail, bsize, files, ffree } = statfsSync(folder);
  const network = NETWORK[type >>> 0];
  const free = Math.floor((bavail * bsize) / MEBIBYTE);
  const about = 'disk';
  const says = `${free.toLocaleString('en')} MiB are free for ${folder}.`;
  return [
    ...(network === undefined
      ? []
      : [
          fault(
            about,
            `${folder} is on ${network}, and SQLite needs a disk of this machine. Name another folder with --data.`,
          ),
        ]),
    // Some file systems make inodes when they need them, and report 0 of 0.
    ...(files > 0 && ffree < LEAST_INODES
      ? [
          fault(
            about,
            `The disk of ${folder} has space, but only ${ffree} inodes for new files (df -i). Without them kmq cannot start. Remove files that are not needed.`,
          ),
        ]
      : []),
    free < LEAST_MEBIBYTES
      ? fault(
          about,
          `${says} When the disk is full, hits are answered with 503. Make space, or keep hits for less time (retention).`,
        )
      : free < FEW_MEBIBYTES
        ? note(about, `${says} Make space soon.`)
        : ok(about, says),
  ];
}

async function examineHits(folder: string): Promise<Finding[]> {
  if (!existsSync(join(folder, DATABASE_FILE))) return [note(ABOUT, `${folder} has no hits yet.`)];
  const notices: Finding[] = [];
  try {
    const source = openEmbeddedSource(folder, (sentence) => notices.push(note(ABOUT, sentence)));
    const keys = await source.keys().finally(() => source.close());
    const says = `${folder} has hits of ${keys.length} ${keys.length === 1 ? 'site' : 'sites'}.`;
    return [...notices, keys.length ? ok(ABOUT, says) : note(ABOUT, `${folder} has no hits yet.`)];
  } catch (error) {
    return [...notices, fault(ABOUT, `${reasonOf(error)}.`)];
  }
}
