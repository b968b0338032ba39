import { setTimeout as wait } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { Settings } from '../resolve.js';
import { ask } from './ask.js';
import { localOrigin } from './collector.js';
import { fault, ok, reasonOf, type Finding } from './finding.js';

const ABOUT = 'hit';
/** The longest wait for the hit. With ClickHouse it can be read only some seconds after it was acknowledged. */
const LONGEST_MS = 30_000;
const AGAIN_MS = 200;

/** Sends an event to a site as a browser does, and looks for it in the read API. */
export async function examineHit(settings: Settings, key: string, token: string | undefined): Promise<Finding> {
  const origin = settings.publicUrl ?? localOrigin(settings);
  const id = randomUUID();
  const identity = `kmq doctor ${id}`;
  try {
    const hit = new URLSearchParams({ _k: key, _p: identity, _n: 'kmq doctor', _i: id });
    const { status } = await ask(`${origin}/e?${hit.toString()}`, { isTrusted: settings.publicUrl === undefined });
    if (status !== 200) return fault(ABOUT, `${origin}/e answers ${status}, so the hits of browsers are not accepted.`);
    const person = new URLSearchParams({ key, id: identity });
    const begun = Date.now();
    do {
      const url = `${localOrigin(settings)}/api/v1/person?${person.toString()}`;
      const answer = await ask(url, { token, isTrusted: true });
      if (answer.status === 200) {
        return ok(
          ABOUT,
          `An event of “${identity}” was sent to ${origin} and is in the store, after ${Date.now() - begun} ms.`,
        );
      }
      if (answer.status !== 404)
        return fault(ABOUT, `The event was sent, but kmq cannot look for it: the read API answers ${answer.status}.`);
      await wait(AGAIN_MS);
    } while (Date.now() - begun < LONGEST_MS);
    return fault(
      ABOUT,
      `${origin} answered the event with 200, but the event is not in the store. Live of this site shows whether it was refused, and why. If Live shows nothing, ${origin} leads to another collector.`,
    );
  } catch (error) {
    return fault(ABOUT, `${reasonOf(error)}.`);
  }
}
