import { createContext, type ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import type { Problem } from '../ask.js';
import { faultAt } from '../components/drafts.js';

interface Fault {
  problem: Problem | undefined;
  /** The question is being changed, so the fault may be mended. */
  isFormer: boolean;
}

/** The API's fault with the question. It is shown at the field that it is about. */
export const Faults = createContext<Fault>({ problem: undefined, isFormer: false });

/** The message, if it is about this member of the question or a part of it. @param member its path */
export function useFault(member: string): string | undefined {
  const { problem, isFormer } = useContext(Faults);
  return isFormer ? undefined : faultAt(problem, member);
}

/**
 * The message, below the field. While the question is being changed the message is hidden, but keeps its space. Pressing the button
 * below the fields applies what was typed: a button that moved at that moment would not get the click.
 * @param alone only if the fault is about this member itself, and not about a part of it
 */
export function FieldFault({ at, alone = false }: { at: string; alone?: boolean }): ComponentChildren {
  const { problem, isFormer } = useContext(Faults);
  const message = faultAt(problem, at);
  const isHere = !alone || /^(\.(not|any|all))*$/.test(problem?.member.slice(at.length) ?? '');
  return (
    message &&
    isHere && (
      <p class="field-fault" role={isFormer ? undefined : 'alert'}>
        {message}
      </p>
    )
  );
}
