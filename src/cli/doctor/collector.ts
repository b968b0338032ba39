import { once } from 'node:events';
import { createServer } from 'node:net';
import { VERSION } from '../../collector/package-files.js';
import { explained } from '../listen.js';
import type { Settings } from '../resolve.js';
import { ask, type Answer } from './ask.js';
import { fault, note, ok, reasonOf, type Finding } from './finding.js';

const ABOUT = 'collector';
/** Reports that are behind the hits by more than this are reported. */
const MOST_BEHIND_SECONDS = 60;

/** The URL at which this machine reaches the collector with these settings. */
export function localOrigin({ host, port, tlsCert }: Settings): string {
  const isAny = ['0.0.0.0', '::'].includes(host);
  const name = isAny ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `${tlsCert === undefined ? 'http' : 'https'}://${name}:${port}`;
}

/**
 * Whether a collector runs with these settings, can store the next hit, and has the version of this command.
 * @returns also whether one runs
 */
export async function examineCollector(
  settings: Settings,
  token: string | undefined,
): Promise<{ isRunning: boolean; findings: Finding[] }> {
  const origin = localOrigin(settings);
  if (settings.port === 0) {
    const says = 'Port 0 stands for any free port. Give the port on which the collector listens with --port.';
    return { isRunning: false, findings: [note(ABOUT, says)] };
  }
  let health: Answer;
  try {
    health = await ask(`${origin}/healthz`, { isTrusted: true });
  } catch (error) {
    return { isRunning: false, findings: [await examinePort(settings, origin, error)] };
  }
  const { status, reason } = read<{ status?: string; reason?: string }>(health);
  if (status === undefined) {
    const says = `Another program than kmq answers at ${origin}. Stop that program, or give kmq another --port.`;
    return { isRunning: false, findings: [fault(ABOUT, says)] };
  }
  const state =
    status === 'ok'
      ? ok(ABOUT, `${origin} answers, and can store the next hit.`)
      : fault(ABOUT, `${origin} stores no hits: ${reason} The log of the collector says more.`);
  return { isRunning: true, findings: [state, ...(await examineMetrics(origin, token))] };
}

/** If no collector answers: whether one could listen at this address. */
async function examinePort({ host, port }: Settings, origin: string, error: unknown): Promise<Finding> {
  if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') {
    return fault(ABOUT, `${origin} does not answer: ${reasonOf(error)}.`);
  }
  const server = createServer().listen({ host, port, exclusive: true });
  try {
    await once(server, 'listening');
    return note(ABOUT, `No collector runs at ${origin}, and the port is free. kmq serve starts one.`);
  } catch (refused) {
    return fault(ABOUT, explained(refused, host, '--port', port).message);
  } finally {
    server.close();
  }
}

async function examineMetrics(origin: string, token: string | undefined): Promise<Finding[]> {
  const { status, body } = await ask(`${origin}/metrics`, { token, isTrusted: true });
  if (status === 401 || status === 403) {
    const says = `The collector at ${origin} has another token than these settings. Was it started with other settings? The collector answers ${status}.`;
    return [fault('token', says)];
  }
  const valueOf = (name: string): number | undefined => {
    const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(body)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  const findings: Finding[] = [];
  const version = /^kmq_build_info\{version="([^"]*)"\}/m.exec(body)?.[1];
  if (version !== VERSION) {
    findings.push(
      note(
        'version',
        `The collector has version ${version}, and this command has version ${VERSION}. Restart the collector after an upgrade.`,
      ),
    );
  }
  const backlog = valueOf('kmq_store_backlog') ?? 0;
  if (backlog > 0) {
    findings.push(
      note(
        'ClickHouse',
        `${backlog} hits wait for ClickHouse in the data folder. Run kmq doctor again: the number should become smaller.`,
      ),
    );
  }
  return [...findings, ...examineReports(valueOf)];
}

/** The process of reports starts with the first question, so it may not run yet. */
function examineReports(valueOf: (name: string) => number | undefined): Finding[] {
  const about = 'reports';
  const progress = valueOf('kmq_reports_progress');
  if (progress === undefined) return [];
  const behind = Math.floor(Date.now() / 1000 - (valueOf('kmq_reports_as_of_seconds') ?? 0));
  if (progress < 1)
    return [note(about, `Reports are being built: ${Math.floor(progress * 100)} % of the hits are in them.`)];
  if (behind > MOST_BEHIND_SECONDS) {
    return [
      note(about, `Reports are ${behind} seconds behind the hits. If this lasts, the log of the collector says why.`),
    ];
  }
  return [ok(about, 'Reports include all hits.')];
}

function read<T extends object>({ body }: Answer): Partial<T> {
  try {
    return (JSON.parse(body) ?? {}) as Partial<T>;
  } catch {
    return {};
  }
}
